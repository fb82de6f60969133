"""A file of orders as drafts of events, in one pass and in little memory.

Lines of an invoice are gathered until `look_ahead_lines` lines have passed without one of them, or
`MAX_LINES` lines since its first; what comes later becomes another event of the same order, its line
numbers going on. Drafts come in the order of their first lines.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from producer.contract_types import MAX_LINES, Currency, Identifier
from producer.draft import EventDraft
from producer.errors import OrderFileEmpty
from producer.order_files.drafts import DraftMaker, NumberedLine, digest_of
from producer.order_files.invoice_book import Entry, InvoiceBook
from producer.order_files.lines import LineParser
from producer.order_files.rows import LineFault, Row, read_rows
from producer.order_files.text import OrderFileText
from producer.order_files.unpacking import Unpacked

_PROGRESS_ROWS: Final = 4_096
_EPOCH: Final = "1970-01-01T00:00:00Z"

OnProgress = Callable[[int, int], None]
"""Called with the bytes of the file read, packed as it lies there, and the lines read."""


class OrderFileSettings(BaseModel):
    """How lines become events. `source` is part of every event's identity; the file's name is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Identifier = "online-retail"
    timezone: str = "Europe/London"
    currency: Currency = "GBP"
    default_category: Identifier = "uncategorised"
    categories: Mapping[str, str] = {}
    encoding: str = "utf-8"
    look_ahead_lines: Annotated[int, Field(ge=1, le=MAX_LINES)] = 1_000

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no IANA time zone such as Europe/London") from error
        return name

    @field_validator("encoding")
    @classmethod
    def _is_codec(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError("is no encoding that Python knows, such as utf-8 or cp1252") from error
        return name


def read_order_file(
    file: Path | Unpacked,
    settings: OrderFileSettings = OrderFileSettings(),  # noqa: B008 - frozen
    on_progress: OnProgress | None = None,
) -> Iterator[EventDraft]:
    """Every line of the file, in an order, a return, an adjustment, a stock change or a rejection.

    The file is CSV, plain, gzip or zstd (told by its content); it is closed at the end. Of a path nothing
    is read before the first `next`.

    Raises:
        OrderFileError: the file cannot be read; see `producer.errors`. After `OrderFileBroken`
            everything yielded so far is whole: orders that may lack lines were held back.
    """
    path = file if isinstance(file, Path) else file.path
    text = OrderFileText(file, settings.encoding)
    book = InvoiceBook()
    gatherer = _Gatherer(settings, book)
    try:
        for row_number, row in enumerate(read_rows(text, path), start=1):
            gatherer.take(row)
            yield from gatherer.ready()
            if on_progress is not None and row_number % _PROGRESS_ROWS == 0:
                on_progress(text.bytes_read, text.line_number)
        if not gatherer.rows:
            raise OrderFileEmpty(path)
        yield from gatherer.rest()
        if on_progress is not None:
            on_progress(text.bytes_read, text.line_number)
    finally:
        book.close()
        text.close()


class _Group:
    """Lines of one invoice that are still being gathered; `first` and `last` are places of rows."""

    __slots__ = ("before", "first", "invoice", "is_closed", "last", "lines", "next_number")

    def __init__(self, invoice: str, first: int, before: Entry) -> None:
        self.invoice = invoice
        self.first = first
        self.last = first
        self.before = before
        self.next_number = before.lines + 1
        self.lines: list[NumberedLine] = []
        self.is_closed = False

    @property
    def event_type(self) -> str | None:
        """The class of the README's table, first match wins; None for stock changes.

        Once a part of an invoice was an order, later parts are too: their free lines are its lines.
        """
        if self.invoice.startswith("C"):
            return "order_returned"
        if self.invoice.startswith("A"):
            return "order_adjusted"
        if not self.before.is_order and all(line.price == "0" for _, line in self.lines):
            return None
        return "order_placed"


class _Gatherer:
    """Gathers rows into groups, and lets drafts go in the order of their first rows."""

    def __init__(self, settings: OrderFileSettings, book: InvoiceBook) -> None:
        self._maker = DraftMaker(
            settings.source, settings.currency, settings.default_category, settings.categories
        )
        self._look_ahead = settings.look_ahead_lines
        self._parser = LineParser(ZoneInfo(settings.timezone))
        self._book = book
        self._open: dict[str, _Group] = {}
        self._queue: deque[_Group | EventDraft] = deque()
        self._last_time = _EPOCH
        self.rows = 0

    def take(self, row: Row) -> None:
        self.rows += 1
        fields, fault, _ = row
        if not fields:
            self._reject(row, fault or LineFault.WRONG_FIELD_COUNT, None)
            return
        parsed = self._parser.parse(fields) if fault is None else fault
        if isinstance(parsed, LineFault):
            self._last_time = self._parser.time(fields) or self._last_time
            self._reject(row, parsed, fields[0] if fields[0].strip() else None)
            return
        self._last_time = parsed.occurred_at
        group = self._group(parsed.invoice)
        group.lines.append((group.next_number, parsed))
        group.next_number += 1

    def ready(self) -> Iterator[EventDraft]:
        """Drafts that nothing read later can change or precede."""
        queue = self._queue
        while queue:
            head = queue[0]
            if isinstance(head, _Group):
                if not head.is_closed:
                    if not self._is_over(head):
                        return
                    self._close(head)
                queue.popleft()
                yield from self._drafts(head)
            else:
                queue.popleft()
                yield head

    def rest(self) -> Iterator[EventDraft]:
        """All other drafts, at the end of the file."""
        for item in self._queue:
            if isinstance(item, _Group):
                yield from self._drafts(item)
            else:
                yield item

    def _group(self, invoice: str) -> _Group:
        group = self._open.get(invoice)
        if group is not None and self._is_over(group):
            self._close(group)
            group = None
        if group is None:
            group = _Group(invoice, self.rows, self._book.look_up(invoice))
            self._open[invoice] = group
            self._queue.append(group)
        group.last = self.rows
        return group

    def _is_over(self, group: _Group) -> bool:
        return self.rows - group.last > self._look_ahead or self.rows - group.first >= MAX_LINES

    def _close(self, group: _Group) -> None:
        group.is_closed = True
        is_order = group.before.is_order or (bool(group.lines) and group.event_type is not None)
        self._book.note(group.invoice, Entry(group.next_number - 1, is_order))
        del self._open[group.invoice]

    def _drafts(self, group: _Group) -> Iterator[EventDraft]:
        if not group.lines:
            return iter(())
        event_type = group.event_type
        if event_type is None:
            return self._maker.stock(group.lines)
        return self._maker.orders(event_type, group.lines)

    def _reject(self, row: Row, fault: LineFault, invoice: str | None) -> None:
        if invoice is None:
            digest = digest_of(row)
            event_id = self._maker.stray_id(digest, self._book.count_stray(digest))
        else:
            # The line keeps its place in its invoice, so that mending the file renumbers nothing.
            group = self._group(invoice)
            event_id = self._maker.rejected_id(invoice, group.next_number)
            group.next_number += 1
        self._queue.append(self._maker.rejected(row, fault, event_id, self._last_time))

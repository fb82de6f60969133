"""Rows of an order file: CSV fields with the raw text they came from, and what is wrong with them."""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from producer.errors import OrderFileEmpty, WrongHeader
from producer.order_files.text import OrderFileText, TextLine

# A quote that nobody closes would otherwise swallow good lines without end.
MAX_LINES_PER_ROW: Final = 50
FIELD_LIMIT: Final = 128 * 1024

EXPECTED_COLUMNS: Final = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
_SPELLINGS: Final = {
    "invoiceno": 0,
    "invoice": 0,
    "stockcode": 1,
    "description": 2,
    "quantity": 3,
    "invoicedate": 4,
    "unitprice": 5,
    "price": 5,
    "customerid": 6,
    "country": 7,
}
_DESCRIPTION: Final = 2


class LineFault(StrEnum):
    """Why a line of an order file cannot become part of an event."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    UNCLOSED_QUOTE = "unclosed_quote"
    NOT_UTF8 = "not_utf8"
    EMPTY_INVOICE = "empty_invoice"
    EMPTY_SKU = "empty_sku"
    EMPTY_COUNTRY = "empty_country"
    BAD_QUANTITY = "bad_quantity"
    BAD_PRICE = "bad_price"
    BAD_TIME = "bad_time"
    VALUE_TOO_LONG = "value_too_long"


class Row(NamedTuple):
    """`fields` in the order of `EXPECTED_COLUMNS`, empty where they could not be told apart; `lines`
    are the lines of the file that it was read from."""

    fields: Sequence[str]
    fault: LineFault | None
    lines: Sequence[TextLine]

    @property
    def number(self) -> int:
        """The first line's number in the file; the header is line 1."""
        return self.lines[0].number

    @property
    def raw(self) -> str:
        return "".join(line.text for line in self.lines).rstrip("\r\n")


class _UnclosedQuoteError(Exception):
    """A row went on for too many lines."""


class _Feed:
    """Hands lines to the CSV reader and remembers which ones the current row took."""

    def __init__(self, text: OrderFileText) -> None:
        self._text = text
        self.taken: list[TextLine] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES_PER_ROW:
            raise _UnclosedQuoteError
        line = next(self._text)
        self.taken.append(line)
        return line.text


def read_rows(text: OrderFileText, path: Path) -> Iterator[Row]:
    """Every row after the header; blank lines are no rows.

    Raises:
        WrongHeader: the first line does not name the columns, each once, in either spelling.
        OrderFileEmpty: nothing in the file.
    """
    csv.field_size_limit(FIELD_LIMIT)
    columns = _columns(text, path)
    width, positions = columns
    in_order = positions == tuple(range(width))
    feed = _Feed(text)
    reader = csv.reader(feed)
    while True:
        feed.taken = []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnclosedQuoteError):
            yield _first_line_alone(text, feed.taken)
            continue
        lines = feed.taken
        if len(fields) != width:
            if not fields or (len(fields) == 1 and not fields[0].strip()):
                continue
            if len(lines) > 1:
                yield _first_line_alone(text, lines)
            else:
                yield Row((), LineFault.WRONG_FIELD_COUNT, lines)
            continue
        if not in_order:
            fields = [fields[position] for position in positions]
        if len(lines) == 1:
            line = lines[0]
            fault = None if line.is_decoded else LineFault.NOT_UTF8
            yield Row(fields, fault if line.is_whole else LineFault.VALUE_TOO_LONG, lines)
        elif any("\n" in value for place, value in enumerate(fields) if place != _DESCRIPTION):
            yield _first_line_alone(text, lines)
        else:
            decoded = all(line.is_decoded for line in lines)
            yield Row(fields, None if decoded else LineFault.NOT_UTF8, lines)


def _first_line_alone(text: OrderFileText, lines: list[TextLine]) -> Row:
    """Blame the first line of a row that does not hold together; the others are read again."""
    text.put_back(lines[1:])
    fault = LineFault.UNCLOSED_QUOTE if len(lines) > 1 else LineFault.VALUE_TOO_LONG
    return Row((), fault, lines[:1])


def _columns(text: OrderFileText, path: Path) -> tuple[int, tuple[int, ...]]:
    """How many fields a row has, and where each expected column is in it."""
    try:
        header = next(text)
    except StopIteration:
        raise OrderFileEmpty(path) from None
    try:
        found = next(csv.reader([header.text.removeprefix("\ufeff").rstrip("\r\n")]), [])
    except csv.Error:
        found = [header.text[:80]]
    places: dict[int, int] = {}
    for position, name in enumerate(found):
        column = _SPELLINGS.get(name.strip().replace(" ", "").replace("_", "").casefold())
        if column is not None and places.setdefault(column, position) != position:
            raise WrongHeader(path, found, EXPECTED_COLUMNS)
    if len(places) != len(EXPECTED_COLUMNS):
        raise WrongHeader(path, found, EXPECTED_COLUMNS)
    return len(found), tuple(places[column] for column in range(len(EXPECTED_COLUMNS)))

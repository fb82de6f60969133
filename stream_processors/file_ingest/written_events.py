"""Events that somebody wrote down: one a line, or as the elements of one JSON array."""

import codecs
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import orjson

from producer.draft import EventDraft
from producer.errors import OrderFileEmpty
from producer.order_files import Unpacked
from producer.order_files.drafts import MAX_PAYLOAD_BYTES, rejected_line, stray_id
from producer.order_files.invoice_book import InvoiceBook
from producer.order_files.text import OrderFileText
from producer.reading import MAX_EVENT_BYTES
from stream_processors.contract import RejectionReason
from stream_processors.order_ingest.examination import (
    SOURCE_LINE_REJECTED,
    Broken,
    examine,
    partition_key,
)
from stream_processors.order_ingest.rules import reason_of

_CHUNK: Final = 64 * 1024
# Beyond this an element is not looked for any further: it could be no event.
_LONGEST_ELEMENT: Final = 4 * MAX_EVENT_BYTES
_SPACE: Final = " \t\r\n"
_BEFORE_ANY: Final = "1970-01-01T00:00:00Z"


def read_lines(file: Unpacked, source: str, latest: datetime) -> Iterator[EventDraft]:
    """An event of every line that is not blank, or the line's rejection; none is of later than `latest`.

    Raises:
        OrderFileError: the file ends too early, or has no line.
    """
    with _Drafts(source, latest) as drafts:
        for line in OrderFileText(file, "utf-8"):
            text = line.text.removeprefix("\ufeff") if line.number == 1 else line.text
            if not text.strip():
                continue
            data = text.strip().encode()
            if not line.is_whole:
                yield drafts.rejected(line.number, data, RejectionReason.TOO_LARGE)
            elif not line.is_decoded:
                yield drafts.rejected(line.number, data, RejectionReason.NOT_UTF8)
            else:
                yield drafts.draft(line.number, data)
        if not drafts.made:
            raise OrderFileEmpty(file.path)


def read_array(file: Unpacked, source: str, latest: datetime) -> Iterator[EventDraft]:
    """An event of every element, or the element's rejection; none is of later than `latest`.

    Raises:
        OrderFileError: it is no array, ends too early, or is not JSON part way; the elements before are
            whole.
    """
    with _Drafts(source, latest) as drafts:
        for number, text in enumerate(_Array(file), start=1):
            file.lines_read = number
            try:
                data = text.encode()
            except UnicodeEncodeError:
                escaped = text.encode(errors="surrogateescape").decode(errors="backslashreplace")
                yield drafts.rejected(number, escaped.encode(), RejectionReason.NOT_UTF8)
            else:
                yield drafts.draft(number, data)


class _Drafts:
    """Makes drafts of events, each with its own id, and of what is none, by its text."""

    def __init__(self, source: str, latest: datetime) -> None:
        self._source = source
        self._latest = latest
        self._book = InvoiceBook()
        self._last_time = _BEFORE_ANY
        self.made = 0

    def __enter__(self) -> "_Drafts":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def draft(self, number: int, data: bytes) -> EventDraft:
        """The event in the current version; its place in a run will be this run's."""
        found = examine(data, self._latest)
        if isinstance(found, Broken):
            return self.rejected(number, data, reason_of(found.rules))
        event_type, payload = found.event["event_type"], found.event["payload"]
        text = orjson.dumps(payload)
        if len(text) > MAX_PAYLOAD_BYTES:
            return self.rejected(number, data, RejectionReason.TOO_LARGE)
        self.made += 1
        self._last_time = found.event["occurred_at"].astimezone(UTC).isoformat().replace("+00:00", "Z")
        key = payload["source"] if event_type == SOURCE_LINE_REJECTED else partition_key(payload)
        return EventDraft(str(found.event["event_id"]), event_type, self._last_time, key, text.decode())

    def rejected(self, number: int, data: bytes, reason: RejectionReason) -> EventDraft:
        """What carries the bytes to quarantine; equal ones are told apart by how often they came."""
        self.made += 1
        digest = sha256(data).digest()
        event_id = stray_id(self._source, digest, self._book.count_stray(digest))
        return rejected_line(self._source, number, reason.value, data.decode(), event_id, self._last_time)


class _Array:
    """The elements of a JSON array as they stand there; in memory is little more than one of them."""

    def __init__(self, file: Unpacked) -> None:
        self._file = file
        # What is not UTF-8 spoils its own element only.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._place = 0
        self._is_at_end = False

    def __iter__(self) -> Iterator[str]:
        self._expect("[", "it does not begin as a JSON array")
        if self._next() == "]":
            self._place += 1
        else:
            while True:
                yield self._element()
                if self._next() == "]":
                    self._place += 1
                    break
                self._expect(",", "it is not JSON from there on")
                self._next()
        if self._next():
            raise self._file.broken("it goes on after the end of its array")

    def _expect(self, character: str, cause: str) -> None:
        found = self._next()
        if found != character:
            raise self._file.broken(cause if found else "the data ends too early")
        self._place += 1

    def _next(self) -> str:
        """The next character that is no space, not taken yet; empty at the end."""
        while True:
            text = self._text
            while self._place < len(text) and (text[self._place] in _SPACE or text[self._place] == "\ufeff"):
                self._place += 1
            if self._place < len(text):
                return text[self._place]
            if not self._more(_CHUNK):
                return ""

    def _element(self) -> str:
        while True:
            try:
                _, end = _SCANNER.raw_decode(self._text, self._place)
            except RecursionError as error:
                raise self._file.broken("it nests too deeply") from error
            except json.JSONDecodeError as error:
                if self._is_at_end:
                    raise self._file.broken("the data ends too early, or is not JSON") from error
            else:
                # A number could go on where the text ends.
                if end < len(self._text) or self._is_at_end:
                    element = self._text[self._place : end]
                    self._place = end
                    return element
            waiting = len(self._text) - self._place
            if waiting > _LONGEST_ELEMENT:
                raise self._file.broken("it is not JSON from there on")
            self._more(max(_CHUNK, waiting))  # twice as much, so that scanning again costs little

    def _more(self, size: int) -> bool:
        """Read about `size` bytes more; False at the end."""
        wanted = len(self._text) - self._place + size
        parts = [self._text[self._place :]]
        while not self._is_at_end and sum(map(len, parts)) < wanted:
            data = self._file.read(size)
            self._is_at_end = not data
            parts.append(self._decoder.decode(data, final=self._is_at_end))
        grown = len(parts) > 1
        self._text, self._place = "".join(parts), 0
        return grown and not (self._is_at_end and not self._text)


_SCANNER: Final = json.JSONDecoder()

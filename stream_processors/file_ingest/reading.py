"""A landed file as drafts of events, whatever it is written in, and the count of what was read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Final

import orjson

from producer.draft import EventDraft
from producer.order_files import OrderFileSettings, Unpacked, read_order_file
from stream_processors.file_ingest.written_events import read_array, read_lines
from stream_processors.order_ingest.examination import SOURCE_LINE_REJECTED

MAX_OBJECT_BYTES: Final = 1024**3
"""What a landed object may weigh."""
MAX_UNPACKED_BYTES: Final = 4 * 1024**3
"""What may come out of one: real files unpack to ten times their size, and little to much is a bomb."""

_PACKED: Final = frozenset({".gz", ".zst"})


class Format(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


_BY_SUFFIX: Final = {".csv": Format.CSV, ".ndjson": Format.NDJSON, ".jsonl": Format.NDJSON}


def format_of(name: str, beginning: bytes) -> Format:
    """By the name's ending; where that does not tell, by the first character."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes if suffix.lower() not in _PACKED]
    known = _BY_SUFFIX.get(suffixes[-1]) if suffixes else None
    if known is not None:
        return known
    first = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"[": Format.JSON, b"{": Format.NDJSON}.get(first, Format.CSV)


def read_landed(
    file: Unpacked, format_: Format, settings: OrderFileSettings, latest: datetime
) -> Iterator[EventDraft]:
    """Everything in the file, as events or rejected lines; written events are none of later than `latest`.

    Raises:
        OrderFileError: it cannot be read, or not to its end; what was given before is whole.
    """
    match format_:
        case Format.CSV:
            return read_order_file(file, settings)
        case Format.NDJSON:
            return read_lines(file, settings.source, latest)
        case Format.JSON:
            return read_array(file, settings.source, latest)


class Tally:
    """Counts drafts as they pass by."""

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected: Counter[str] = Counter()

    def counted(self, drafts: Iterable[EventDraft]) -> Iterator[EventDraft]:
        """The same drafts."""
        for draft in drafts:
            if draft.event_type == SOURCE_LINE_REJECTED:
                self.rejected[orjson.loads(draft.payload)["reason"]] += 1
            else:
                self.accepted += 1
            yield draft

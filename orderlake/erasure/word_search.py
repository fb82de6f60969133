"""Looks for words in bytes, and in what is packed or encoded in them; memory does not grow with that."""

import base64
import binascii
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from producer.errors import OrderFileError
from producer.order_files import Unpacked

_MIB: Final = 1024 * 1024
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
# A whole header of gzip, because three bytes stand anywhere by chance; or zstd.
_PACKED: Final = re.compile(
    rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]|\x28\xb5\x2f\xfd", re.DOTALL
)
# Zip and spreadsheets, Parquet that is damaged, bzip2, xz, 7z, PDF: what nothing here can read.
_UNREAD: Final = re.compile(
    rb"PK\x03\x04|\xd0\xcf\x11\xe0|PAR1|BZh[1-9]1AY&SY|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|%PDF-"
)
_DEPTH: Final = 3
_PIECE: Final = _MIB
# Bytes beyond these end a run of base64. No record's run is longer: 10 MiB are 14 MB of base64.
_RUN: Final = bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)) + b"+/="
_LONGEST_RUN: Final = 16 * _MIB
# What may follow a word and tells that it is another: `.0`, or one more letter, in UTF-16.
_BEYOND: Final = 8
# Orders unpack to ten or twenty times their size. Much more out of little is there to keep the reader busy.
_MOST_OF_ANY: Final = 256 * _MIB
_MOST_TIMES: Final = 100


class Words:
    """Numbers, which count where they stand as a word, and other texts, which count anywhere."""

    def __init__(self, number: str, texts: Iterable[str]) -> None:
        utf16 = [number.encode("utf-16-le"), number.encode("utf-16-be")]
        plain = [number.encode(), *sorted(text.encode() for text in texts)]
        little, big = map(re.escape, utf16)
        # An order file may write 14646.0 where the lake has 14646; spreadsheets are saved in UTF-16.
        self._pattern = re.compile(
            b"|".join(
                [
                    rb"(?<![\w-])%s(?:\.0)?(?![\w-])" % re.escape(plain[0]),
                    rb"(?<![\w-]\x00)%s(?:\.\x000\x00)?(?![\w-])" % little,
                    rb"(?<![\w-])%s(?:\x00\.\x000)?(?!\x00[\w-])" % big,
                    *map(re.escape, plain[1:]),
                ]
            )
        )
        self._needles = (*plain, *utf16)
        self.overlap = max(map(len, self._needles)) + 2 * _BEYOND

    def are_in(self, data: bytes, start: int = 0, end: int | None = None) -> bool:
        """Whether one begins at `start` or later and ends before `end`."""
        if not any(needle in data for needle in self._needles):
            return False  # many times faster than the pattern
        match = self._pattern.search(data, start)
        return match is not None and match.end() <= (len(data) if end is None else end)


class Search:
    """One search; `is_whole` is False where something in there could not be read to its end."""

    def __init__(self, words: Words, packed_bytes: int) -> None:
        self._words = words
        self._left = max(_MOST_OF_ANY, _MOST_TIMES * packed_bytes)
        self.is_whole = True

    def finds_in(self, data: bytes, depth: int = _DEPTH) -> bool:
        """Whether one of the words is in there."""
        if depth and _PACKED.match(data):
            return self._finds(self._cut(self._unpacked(io.BytesIO(data))), depth - 1)
        if _UNREAD.match(data):
            self.is_whole = False
        return self._finds([data], depth)

    def _finds(self, parts: Iterable[bytes], depth: int) -> bool:
        before, start = b"", 0
        for part in parts:
            text = before + part
            if self._words.are_in(text, start, len(text) - _BEYOND):
                return True
            if depth and self._finds_encoded(part, depth - 1):
                return True
            # The byte before a word belongs to it, too.
            before, start = text[-self._words.overlap :], int(len(text) > self._words.overlap)
        return self._words.are_in(before, start)

    def _finds_encoded(self, part: bytes, depth: int) -> bool:
        runs = list(_decoded(part))
        odd = [run for run in runs if _PACKED.match(run) or _UNREAD.match(run)]
        if any(self.finds_in(run, depth) for run in odd):
            return True
        # Most are short and no base64 at all: together they cost little. No word goes over a line's end.
        return bool(runs) and self._finds([b"\n".join(runs)], depth)

    def _unpacked(self, raw: io.RawIOBase | io.BytesIO) -> Iterator[bytes]:
        """What comes out, and out of that, if it is packed once more; as far as it can be read."""
        try:
            file = Unpacked(Path("packed"), raw, max_bytes=self._left)  # type: ignore[arg-type]
            beginning = file.peek()
            if _PACKED.match(beginning):
                yield from self._unpacked(_Readable(file))
                return
            if _UNREAD.match(beginning):
                self.is_whole = False
            while piece := _read(file):
                self._left -= len(piece)
                yield piece
        except OrderFileError:
            self.is_whole = False

    def _cut(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes, cut where no run of base64 is cut."""
        held: list[bytes] = []
        for piece in pieces:
            end = len(piece.rstrip(_RUN))
            if end:
                yield b"".join([*held, piece[:end]])
                held = []
            held.append(piece[end:])
            if sum(map(len, held)) > _LONGEST_RUN:
                self.is_whole = False
                break
        yield b"".join(held)


class _Readable(io.RawIOBase):
    """What comes out of a packed file, as a file."""

    def __init__(self, file: Unpacked) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read(file: Unpacked) -> bytes:
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < _PIECE and (piece := file.read(_PIECE)):
        pieces.append(piece)
    return b"".join(pieces)


def _decoded(data: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(data):
        text = match.group()
        try:
            yield base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue

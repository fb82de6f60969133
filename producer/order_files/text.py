"""An order file's bytes: opened, unpacked by content, cut into lines."""

import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import zstandard

from producer.errors import (
    OrderFileBroken,
    OrderFileForbidden,
    OrderFileIsDirectory,
    OrderFileMissing,
    OrderFileUnreadable,
)

MAX_LINE_BYTES: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 64 * 1024
# Small, because a chunk can unpack to 32,768 times its size, all at once: 16 MiB.
_ZSTD_CHUNK: Final = 512


class _ZstdReader(io.RawIOBase):
    """Unpacks zstd frames; unlike the library's own reader it notices that the last one is cut off."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame = self._decompressor.decompressobj()
        self._frame_begun = False
        self._unpacked = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._unpacked:
            chunk = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = self._decompressor.decompressobj()
                self._frame_begun = False
            chunk = chunk or self._packed.read(_ZSTD_CHUNK)
            if not chunk:
                if self._frame_begun:
                    raise EOFError("the compressed data ends too early")
                return 0
            self._frame_begun = True
            self._unpacked = memoryview(self._frame.decompress(chunk))
        count = min(len(buffer), len(self._unpacked))
        buffer[:count] = self._unpacked[:count]
        self._unpacked = self._unpacked[count:]
        return count


class TextLine(NamedTuple):
    """`number` counts the file's lines from 1; `is_decoded` is False where the bytes are not in the
    encoding, or the line is longer than `MAX_LINE_BYTES` (`text` is its beginning, then)."""

    number: int
    text: str
    is_decoded: bool
    is_whole: bool


class OrderFileText:
    """The lines of one file, with a way to put lines back. Memory does not grow with the file.

    Raises, from construction: OrderFileMissing, OrderFileIsDirectory, OrderFileForbidden,
    OrderFileUnreadable; from iteration: OrderFileBroken.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self._raw = _open(path)
        self._lines = self._unpack()
        self._put_back: deque[TextLine] = deque()
        self.line_number = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of the file read so far, packed as it lies there; it runs ahead by a buffer."""
        return self._bytes_read()

    def close(self) -> None:
        self._raw.close()

    def put_back(self, lines: list[TextLine]) -> None:
        """The next lines to be read, in this order."""
        self._put_back.extendleft(reversed(lines))

    def __iter__(self) -> Iterator[TextLine]:
        return self

    def __next__(self) -> TextLine:
        if self._put_back:
            return self._put_back.popleft()
        try:
            line = self._lines.readline(MAX_LINE_BYTES)
            if not line:
                raise StopIteration
            is_whole = True
            if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                is_whole = False
                while (rest := self._lines.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise self.broken(str(error) or type(error).__name__) from error
        self.line_number += 1
        try:
            return TextLine(self.line_number, line.decode(self._encoding), True, is_whole)
        except UnicodeDecodeError:
            text = line.decode(self._encoding, errors="backslashreplace")
            return TextLine(self.line_number, text, False, is_whole)

    def broken(self, cause: str) -> OrderFileBroken:
        return OrderFileBroken(self._path, lines=self.line_number, bytes_read=self.bytes_read, cause=cause)

    def _bytes_read(self) -> int:
        try:
            return self._raw.raw.tell()
        except OSError:  # a pipe has no position
            return 0

    def _unpack(self) -> BinaryIO:
        try:
            magic = self._raw.peek(4)[:4]
        except OSError as error:
            raise OrderFileUnreadable(self._path, f"cannot be read ({error.strerror})") from error
        if magic.startswith(_GZIP):
            return cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=self._raw), _CHUNK))
        if magic.startswith(_ZSTD):
            return cast("BinaryIO", io.BufferedReader(_ZstdReader(cast("BinaryIO", self._raw)), _CHUNK))
        if magic.startswith(_ZIP):
            self._raw.close()
            raise OrderFileUnreadable(
                self._path, "is a zip archive or a spreadsheet; unpack it, or export it as CSV"
            )
        return cast("BinaryIO", self._raw)


def _open(path: Path) -> io.BufferedReader:
    try:
        return io.BufferedReader(io.FileIO(path), _CHUNK)
    except FileNotFoundError as error:
        raise OrderFileMissing(path) from error
    except IsADirectoryError as error:
        raise OrderFileIsDirectory(path) from error
    except PermissionError as error:
        raise OrderFileForbidden(path) from error
    except (OSError, ValueError) as error:
        raise OrderFileUnreadable(path, f"cannot be opened ({error})") from error

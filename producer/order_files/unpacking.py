"""An order file's bytes: opened, and unpacked by what they are."""

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, Final, cast

import zstandard

from producer.errors import (
    OrderFileBroken,
    OrderFileForbidden,
    OrderFileIsDirectory,
    OrderFileMissing,
    OrderFileTooLarge,
    OrderFileUnreadable,
)

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 64 * 1024
# Small, because a chunk can unpack to 32,768 times its size, all at once: 16 MiB.
_ZSTD_CHUNK: Final = 512
# What reading damaged or cut data ends with.
_BREAKS: Final = (OSError, EOFError, zlib.error, zstandard.ZstdError)


class Unpacked:
    """The bytes of one file, plain, out of gzip or zstd (told by its content). Memory does not grow with it.

    `raw` is what to read where `path` is only a name; `max_bytes` is how much may come out of it.
    Raises, from construction: OrderFileMissing, OrderFileIsDirectory, OrderFileForbidden,
    OrderFileUnreadable; from reading: OrderFileBroken, OrderFileTooLarge.
    """

    def __init__(self, path: Path, raw: io.RawIOBase | None = None, *, max_bytes: int | None = None) -> None:
        self.path = path
        self._packed = io.BufferedReader(_open(path) if raw is None else raw, _CHUNK)
        self._unpacked = self._unpack()
        self._max_bytes = max_bytes
        self._given = 0
        self.lines_read = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of the file read so far, packed as it lies there; it runs ahead by a buffer."""
        try:
            return self._packed.raw.tell()
        except OSError:  # a pipe has no position
            return 0

    def peek(self) -> bytes:
        """The next bytes, as many as are at hand; none at the end."""
        try:
            return self._unpacked.peek(1)
        except _BREAKS as error:
            raise self.broken(str(error) or type(error).__name__) from error

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        try:
            return self._counted(self._unpacked.read1(size))
        except _BREAKS as error:
            raise self.broken(str(error) or type(error).__name__) from error

    def readline(self, limit: int) -> bytes:
        """The next line, or `limit` bytes of it; nothing at the end."""
        try:
            return self._counted(self._unpacked.readline(limit))
        except _BREAKS as error:
            raise self.broken(str(error) or type(error).__name__) from error

    def broken(self, cause: str) -> OrderFileBroken:
        """The error for a file that cannot be read on."""
        return OrderFileBroken(self.path, lines=self.lines_read, bytes_read=self.bytes_read, cause=cause)

    def close(self) -> None:
        """Close the file, or what was given for it."""
        self._packed.close()

    def _counted(self, data: bytes) -> bytes:
        self._given += len(data)
        if self._max_bytes is not None and self._given > self._max_bytes:
            raise OrderFileTooLarge(
                self.path, lines=self.lines_read, bytes_read=self.bytes_read, limit=self._max_bytes
            )
        return data

    def _unpack(self) -> io.BufferedReader:
        try:
            magic = self._packed.peek(4)[:4]
        except OSError as error:
            raise OrderFileUnreadable(self.path, f"cannot be read ({error.strerror})") from error
        if magic.startswith(_GZIP):
            return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=self._packed)), _CHUNK)
        if magic.startswith(_ZSTD):
            return io.BufferedReader(_ZstdReader(cast("BinaryIO", self._packed)), _CHUNK)
        if magic.startswith(_ZIP):
            self._packed.close()
            raise OrderFileUnreadable(
                self.path, "is a zip archive or a spreadsheet; unpack it, or export it as CSV"
            )
        return cast("io.BufferedReader", self._packed)


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


def _open(path: Path) -> io.RawIOBase:
    try:
        return io.FileIO(path)
    except FileNotFoundError as error:
        raise OrderFileMissing(path) from error
    except IsADirectoryError as error:
        raise OrderFileIsDirectory(path) from error
    except PermissionError as error:
        raise OrderFileForbidden(path) from error
    except (OSError, ValueError) as error:
        raise OrderFileUnreadable(path, f"cannot be opened ({error})") from error

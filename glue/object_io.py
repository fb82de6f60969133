"""Objects of Iceberg tables, read and written with as few requests as S3 allows: each is paid for."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import Any, Optional, cast

from pyarrow.fs import FileSystem, S3FileSystem
from pyiceberg.io import InputFile, InputStream
from pyiceberg.io.pyarrow import PyArrowFileIO

_SMALL_BYTES = 1024 * 1024
_KEPT_BYTES = 32 * 1024 * 1024


class _Kept:
    """Contents of small files, the latest used within a bound: Iceberg never changes a file."""

    def __init__(self) -> None:
        self._contents: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def get(self, location: str) -> Optional[bytes]:
        content = self._contents.get(location)
        if content is not None:
            self._contents.move_to_end(location)
        return content

    def keep(self, location: str, content: bytes) -> None:
        self._size += len(content) - len(self._contents.pop(location, b""))
        self._contents[location] = content
        while self._size > _KEPT_BYTES:
            _, oldest = self._contents.popitem(last=False)
            self._size -= len(oldest)


# A run opens each table several times, and every opening has a FileIO of its own.
_KEPT = _Kept()


class _File(InputFile):
    """A file that, if it is small, is fetched once by a process, however often it is read."""

    def __init__(self, file: InputFile) -> None:
        super().__init__(location=file.location)
        self._file = file

    def __len__(self) -> int:
        content = _KEPT.get(self.location)
        return len(self._file) if content is None else len(content)

    def exists(self) -> bool:
        return _KEPT.get(self.location) is not None or self._file.exists()

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002 - it always is
        content = _KEPT.get(self.location)
        if content is None:
            stream: Any = self._file.open(seekable=True)
            if stream.size() > _SMALL_BYTES:
                return cast("InputStream", stream)
            with stream:
                content = stream.read()
            _KEPT.keep(self.location, content)
        return cast("InputStream", io.BytesIO(content))


class FrugalFileIO(PyArrowFileIO):
    """Writes a small object with one PUT, and reads it with one GET, once.

    Arrow otherwise begins a multipart upload as soon as a file is opened, three requests for each of the
    dozens of small files that a refresh of the tables writes; and every table that derives from another reads
    the same small files again, footer and columns apart.
    """

    def new_input(self, location: str) -> InputFile:  # type: ignore[override]  # theirs promises its own class
        return _File(super().new_input(location))

    def _initialize_s3_fs(self, netloc: Optional[str]) -> FileSystem:
        filesystem = super()._initialize_s3_fs(netloc)
        if not isinstance(filesystem, S3FileSystem):
            return filesystem
        # pyiceberg 0.10 has no word for this option; what pickling gives is all that the file system is.
        pickled: Any = filesystem.__reduce__()
        rebuild, (options,) = pickled
        if "allow_delayed_open" not in options:
            # Before Arrow 21, which has no wheel for the oldest host of Python shell.
            return filesystem
        return cast("FileSystem", rebuild({**options, "allow_delayed_open": True}))

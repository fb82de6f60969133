"""Objects of Iceberg tables, read and written with as few requests as S3 allows: each is paid for."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import Any, Optional, cast

from pyarrow.fs import FileSystem, S3FileSystem
from pyiceberg.io import InputFile, InputStream
from pyiceberg.io.pyarrow import PyArrowFileIO

_METADATA = (".avro", ".metadata.json")
_KEPT_BYTES = 16 * 1024 * 1024


class _Kept:
    """Contents of metadata files, the latest used within a bound: Iceberg never changes a file."""

    def __init__(self) -> None:
        self._contents: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def read(self, file: InputFile) -> bytes:
        content = self._contents.pop(file.location, None)
        if content is None:
            with file.open(seekable=False) as stream:
                content = stream.read()
            self._size += len(content)
        self._contents[file.location] = content
        while self._size > _KEPT_BYTES and len(self._contents) > 1:
            _, oldest = self._contents.popitem(last=False)
            self._size -= len(oldest)
        return content


# A run opens each table several times, and every opening has a FileIO of its own.
_KEPT = _Kept()


class _MetadataFile(InputFile):
    """A metadata file that is fetched once by a process, however often it is read."""

    def __init__(self, file: InputFile) -> None:
        super().__init__(location=file.location)
        self._file = file

    def __len__(self) -> int:
        return len(_KEPT.read(self._file))

    def exists(self) -> bool:
        return self._file.exists()

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002 - it always is
        return cast("InputStream", io.BytesIO(_KEPT.read(self._file)))


class FrugalFileIO(PyArrowFileIO):
    """Writes a small object with one PUT, and reads metadata once.

    Arrow otherwise begins a multipart upload as soon as a file is opened, three requests for each of the
    dozens of small files that a refresh of the tables writes; and every scan reads all manifests again.
    """

    def new_input(self, location: str) -> InputFile:  # type: ignore[override]  # theirs promises its own class
        file = super().new_input(location)
        return _MetadataFile(file) if location.endswith(_METADATA) else file

    def _initialize_s3_fs(self, netloc: Optional[str]) -> FileSystem:
        filesystem = super()._initialize_s3_fs(netloc)
        if not isinstance(filesystem, S3FileSystem):
            return filesystem
        # pyiceberg 0.10 has no word for this option; what pickling gives is all that the file system is.
        pickled: Any = filesystem.__reduce__()
        rebuild, (options,) = pickled
        return cast("FileSystem", rebuild({**options, "allow_delayed_open": True}))

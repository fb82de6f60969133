"""Objects of Iceberg tables, read and written with as few requests as S3 allows: each is paid for."""

from __future__ import annotations

import io
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Optional, cast

import boto3
from pyarrow.fs import FileSystem, S3FileSystem
from pyiceberg.io import (
    S3_ACCESS_KEY_ID,
    S3_ENDPOINT,
    S3_REGION,
    S3_SECRET_ACCESS_KEY,
    S3_SESSION_TOKEN,
    FileIO,
    InputFile,
    InputStream,
    OutputStream,
)
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SMALL_BYTES = 1024 * 1024
_KEPT_BYTES = 32 * 1024 * 1024
_CLIENT_PROPERTIES = (S3_REGION, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_SESSION_TOKEN)


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


@lru_cache(maxsize=4)
def _client(
    region: Optional[str],
    endpoint: Optional[str],
    access_key: Optional[str],
    secret_key: Optional[str],
    token: Optional[str],
) -> "S3Client":
    # To make one takes longer than what most tables' files are read in.
    return boto3.client(
        "s3",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
    )


class _SmallFile(InputFile):
    """A file that, if it is small, is fetched once by a process, however often it is read."""

    def __init__(self, file: PyArrowFile, s3: "S3Client", bucket: str, key: str) -> None:
        super().__init__(location=file.location)
        self._file = file
        self._s3 = s3
        self._bucket = bucket
        self._key = key

    def __len__(self) -> int:
        content = _KEPT.get(self.location)
        return len(self._file) if content is None else len(content)

    def exists(self) -> bool:
        return _KEPT.get(self.location) is not None or self._file.exists()

    def open(self, seekable: bool = True) -> InputStream:
        return self.open_of(0, seekable)

    def open_of(self, size: int, seekable: bool = True) -> InputStream:  # noqa: ARG002 - it always is
        """Open a file of so many bytes; 0 where they are not known."""
        if size > _SMALL_BYTES:
            return self._file.open(seekable=True)
        content = _KEPT.get(self.location) or self._fetched()
        if content is None:
            return self._file.open(seekable=True)
        _KEPT.keep(self.location, content)
        return cast("InputStream", io.BytesIO(content))

    def _fetched(self) -> Optional[bytes]:
        """The content, None where it is large. Arrow would ask for the size first."""
        try:
            answer = self._s3.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes=0-{_SMALL_BYTES - 1}"
            )
        except self._s3.exceptions.NoSuchKey as error:
            raise FileNotFoundError(self.location) from error
        with answer["Body"] as body:
            is_small = int(answer["ContentRange"].rpartition("/")[2]) <= _SMALL_BYTES
            return body.read() if is_small else None


def open_sized(files: FileIO, location: str, size: int) -> InputStream:
    """Open a file whose bytes are known: whether it is small needs not be found out by fetching it."""
    file = files.new_input(location)
    return file.open_of(size) if isinstance(file, _SmallFile) else file.open()


class _NewFile(PyArrowFile):
    """A file under a name that nobody else has, for Iceberg's carry a UUID: it is written unasked."""

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002 - there is nothing to overwrite
        return super().create(overwrite=True)


class FrugalFileIO(PyArrowFileIO):
    """Writes a small object with one PUT, and reads it with one GET, once.

    Arrow otherwise begins a multipart upload as soon as a file is opened, three requests for each of the
    dozens of small files that a refresh of the tables writes; and every table that derives from another reads
    the same small files again, footer and columns apart.
    """

    def new_input(self, location: str) -> InputFile:  # type: ignore[override]  # theirs promises its own class
        file = super().new_input(location)
        scheme, bucket, path = self.parse_location(location, self.properties)
        return _SmallFile(file, self._s3, bucket, path[len(bucket) + 1 :]) if scheme == "s3" else file

    def new_output(self, location: str) -> PyArrowFile:
        file = super().new_output(location)
        return _NewFile(file.location, file._path, file._filesystem, file._buffer_size)

    @property
    def _s3(self) -> "S3Client":
        return _client(*(self.properties.get(name) for name in _CLIENT_PROPERTIES))

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

"""Objects of Iceberg tables, written with as few requests as S3 allows."""

from __future__ import annotations

from typing import Any, Optional, cast

from pyarrow.fs import FileSystem, S3FileSystem
from pyiceberg.io.pyarrow import PyArrowFileIO


class OneRequestFileIO(PyArrowFileIO):
    """Writes a small object with one PUT.

    Arrow otherwise begins a multipart upload as soon as a file is opened: three paid requests for each of
    the two dozen small files that a refresh of the tables writes.
    """

    def _initialize_s3_fs(self, netloc: Optional[str]) -> FileSystem:
        filesystem = super()._initialize_s3_fs(netloc)
        if not isinstance(filesystem, S3FileSystem):
            return filesystem
        # pyiceberg 0.10 has no word for this option; what pickling gives is all that the file system is.
        pickled: Any = filesystem.__reduce__()
        rebuild, (options,) = pickled
        return cast("FileSystem", rebuild({**options, "allow_delayed_open": True}))

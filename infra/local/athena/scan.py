"""Objects as files for Arrow: opened only when a query needs them, and every byte read is counted."""

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs

from infra.local.athena.errors import QueryCancelled


@dataclass
class ScanLog:
    """What one query read; raises `QueryCancelled` in the reader when `cutoff` bytes are passed."""

    cutoff: int | None = None
    ranges: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    over_cutoff: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, path: str, start: int, end: int) -> None:
        if end <= start:
            return
        with self._lock:
            self.ranges.setdefault(path, []).append((start, end))
            if self.cutoff is not None and self._total() > self.cutoff:
                self.over_cutoff = True
        if self.over_cutoff:
            raise QueryCancelled("Bytes scanned limit was exceeded")

    @property
    def total_bytes(self) -> int:
        """Bytes read, each counted once however often it was read."""
        with self._lock:
            return self._total()

    def _total(self) -> int:
        total = 0
        for ranges in self.ranges.values():
            reached = 0
            for start, end in sorted(ranges):
                total += max(0, end - max(start, reached))
                reached = max(reached, end)
        return total


class _CountedFile(io.BytesIO):
    def __init__(self, body: bytes, path: str, log: ScanLog) -> None:
        super().__init__(body)
        self._path = path
        self._log = log

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        data = super().read(size)
        self._log.add(self._path, start, start + len(data))
        return data


Load = Callable[[], bytes]


class LazyFiles(pafs.FileSystemHandler):
    """Read-only files; `counted` ones are logged as they are read, the others when they are loaded."""

    def __init__(self, log: ScanLog) -> None:
        self._log = log
        self._files: dict[str, tuple[Load, bool]] = {}

    def add(self, path: str, load: Load, *, counted: bool) -> None:
        self._files[path] = (load, counted)

    def open_input_file(self, path: str) -> pa.NativeFile:
        load, counted = self._files[path]
        body = load()
        if counted:
            return pa.PythonFile(_CountedFile(body, path, self._log), mode="r")
        return pa.BufferReader(body)

    def open_input_stream(self, path: str) -> pa.NativeFile:
        return self.open_input_file(path)

    def get_type_name(self) -> str:
        return "objects"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: str | list[str]) -> list[pafs.FileInfo]:
        paths = [paths] if isinstance(paths, str) else paths
        return [pafs.FileInfo(path, pafs.FileType.File) for path in paths]

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise OSError("a query's files are read-only")

    get_file_info_selector = _refuse
    create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refuse
    delete_file = move = copy_file = open_output_stream = open_append_stream = _refuse


@dataclass(frozen=True, slots=True)
class _Scan:
    """As much of Arrow's scanner as DuckDB asks for."""

    scanner: ds.Scanner

    def to_reader(self) -> pa.RecordBatchReader:
        # Not Arrow's own, which holds the interpreter's lock while it begins the scan, when a thread of
        # Arrow's may hold the scan's and wait for that one to open a file. `to_batches` lets go of it.
        return pa.RecordBatchReader.from_batches(self.scanner.projected_schema, self.scanner.to_batches())


class ScannedFiles(ds.UnionDataset):
    """Datasets of one schema as one, over files that Python opens; DuckDB pushes columns and filters in."""

    def __init__(self, schema: pa.Schema, children: Sequence[ds.Dataset]) -> None:
        super().__init__(schema, children)  # type: ignore[call-arg]  # the stubs forget it

    def scanner(self, **options: Any) -> _Scan:  # type: ignore[override]  # what DuckDB needs, no more
        return _Scan(super().scanner(**options))

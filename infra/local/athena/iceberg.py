"""Iceberg tables as Arrow datasets: pyiceberg plans, Arrow reads, deletes and old schemas are honoured."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import FileScanTask, StaticTable
from pyiceberg.types import (
    DateType,
    DecimalType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)
from sqlglot import exp

from infra.local.athena.errors import QueryFailed
from infra.local.athena.external import as_ipc, parquet
from infra.local.athena.scan import LazyFiles, ScanLog, ScannedFiles
from infra.local.athena.types import to_arrow
from infra.local.engine import ObjectStore
from infra.local.glue.arguments import split_s3

_BOUNDED = (IntegerType, LongType, DateType, StringType, TimestampType, TimestamptzType)


class _StoredInput(InputFile):
    def __init__(self, location: str, objects: ObjectStore) -> None:
        super().__init__(location)
        self._objects = objects

    def _body(self) -> bytes:
        try:
            return self._objects.get(*split_s3(self.location))
        except KeyError as error:
            raise FileNotFoundError(self.location) from error

    def __len__(self) -> int:
        return len(self._body())

    def exists(self) -> bool:
        try:
            self._body()
        except FileNotFoundError:
            return False
        return True

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002  # pyiceberg's interface
        return io.BytesIO(self._body())


class ObjectStoreIO(FileIO):
    """pyiceberg's files over the in-process object store, for reading."""

    def __init__(self, objects: ObjectStore) -> None:
        super().__init__({})
        self._objects = objects

    def new_input(self, location: str) -> InputFile:
        return _StoredInput(location, self._objects)

    def new_output(self, location: str) -> OutputFile:
        raise OSError(f"{location}: a query does not write")

    def delete(self, location: str | InputFile | OutputFile) -> None:
        raise OSError(f"{location}: a query does not delete")


def load(metadata_location: str, objects: ObjectStore) -> StaticTable:
    """The table of a metadata file. `QueryFailed` where that is missing."""
    files = ObjectStoreIO(objects)
    try:
        metadata = FromInputFile.table_metadata(files.new_input(metadata_location))
    except FileNotFoundError as error:
        raise QueryFailed(
            "ICEBERG_MISSING_METADATA", f"Metadata not found in metadata location {metadata_location}"
        ) from error
    return StaticTable(("table",), metadata, metadata_location, files, NoopCatalog("static"))


def snapshot_at(table: StaticTable, moment: datetime) -> int:
    """The snapshot that was current then. `QueryFailed` before the first one."""
    millis = int(moment.timestamp() * 1000)
    snapshot = table.snapshot_as_of_timestamp(millis)
    if snapshot is None:
        raise QueryFailed(
            "INVALID_ARGUMENTS", f"No version history table at or before {moment.isoformat(sep=' ')}"
        )
    return snapshot.snapshot_id


def columns(schema: Schema) -> dict[str, exp.DataType]:
    """Column names and types in Athena's dialect; timestamps have six digits."""
    return {
        field.name.lower(): exp.DataType.build(_trino(field.field_type), dialect="trino")
        for field in schema.fields
    }


def dataset(table: StaticTable, snapshot_id: int | None, objects: ObjectStore, log: ScanLog) -> ds.Dataset:
    """The rows of one snapshot (the current one by default).

    A data file's statistics in the manifest prune it unopened. Files with deletes, and all files of a table
    whose columns were renamed, dropped or retyped, are read through pyiceberg, which maps by field id.
    """
    scan = table.scan(snapshot_id=snapshot_id)
    schema = scan.projection()
    arrow_schema = pa.schema([(name, to_arrow(kind)) for name, kind in columns(schema).items()])
    plain = _names_are_stable(table)
    files = LazyFiles(log)
    filesystem = pafs.PyFileSystem(files)
    plain_format, ipc = parquet(), ds.IpcFileFormat()
    fragments: dict[bool, list[ds.Fragment]] = {True: [], False: []}
    for task in scan.plan_files():
        path = task.file.file_path
        is_plain = plain and not task.delete_files
        loader: Callable[[], bytes] = (
            _PlainLoad(objects, path) if is_plain else _MappedLoad(table, schema, arrow_schema, task, log)
        )
        files.add(path, loader, counted=is_plain)
        file_format = plain_format if is_plain else ipc
        fragments[is_plain].append(
            file_format.make_fragment(
                path, filesystem, partition_expression=_bounds(task, schema, arrow_schema)
            )
        )
    return ScannedFiles(
        arrow_schema,
        [
            ds.FileSystemDataset(fragments[True], arrow_schema, plain_format, filesystem),
            ds.FileSystemDataset(fragments[False], arrow_schema, ipc, filesystem),
        ],
    )


@dataclass(frozen=True, slots=True)
class _PlainLoad:
    objects: ObjectStore
    path: str

    def __call__(self) -> bytes:
        return self.objects.get(*split_s3(self.path))


@dataclass(frozen=True, slots=True)
class _MappedLoad:
    table: StaticTable
    schema: Schema
    arrow_schema: pa.Schema
    task: FileScanTask
    log: ScanLog

    def __call__(self) -> bytes:
        for file in (self.task.file, *self.task.delete_files):
            self.log.add(file.file_path, 0, file.file_size_in_bytes)
        everything = AlwaysTrue()  # type: ignore[no-untyped-call]
        scan = ArrowScan(self.table.metadata, self.table.io, self.schema, everything)
        rows = scan.to_table([self.task])
        return as_ipc(rows.rename_columns(self.arrow_schema.names).cast(self.arrow_schema))


def _names_are_stable(table: StaticTable) -> bool:
    by_id: dict[int, tuple[str, Any]] = {}
    by_name: dict[str, int] = {}
    for schema in table.metadata.schemas:
        for field in schema.fields:
            known = by_id.setdefault(field.field_id, (field.name, field.field_type))
            if known != (field.name, field.field_type):
                return False
            if by_name.setdefault(field.name, field.field_id) != field.field_id:
                return False
    return all(name == name.lower() for name in by_name)


def _bounds(task: FileScanTask, schema: Schema, arrow_schema: pa.Schema) -> pc.Expression | None:
    file = task.file
    lower, upper, nulls = file.lower_bounds or {}, file.upper_bounds or {}, file.null_value_counts or {}
    bounds: pc.Expression | None = None
    for field in schema.fields:
        number = field.field_id
        if not isinstance(field.field_type, _BOUNDED) or nulls.get(number) != 0:
            continue
        if number not in lower or number not in upper:
            continue
        name = field.name.lower()
        within = (
            pc.field(name) >= _scalar(field.field_type, lower[number], arrow_schema.field(name).type)
        ) & (pc.field(name) <= _scalar(field.field_type, upper[number], arrow_schema.field(name).type))
        bounds = within if bounds is None else bounds & within
    return bounds


def _scalar(kind: Any, value: bytes, arrow_type: pa.DataType) -> "pa.Scalar[Any]":
    plain = from_bytes(kind, value)
    if isinstance(kind, DateType):
        return pa.scalar(plain, pa.int32()).cast(arrow_type)
    if isinstance(kind, TimestampType | TimestamptzType):
        return pa.scalar(plain, pa.int64()).cast(arrow_type)
    return pa.scalar(plain, arrow_type)


def _trino(kind: IcebergType) -> str:
    if isinstance(kind, ListType):
        return f"array({_trino(kind.element_type)})"
    if isinstance(kind, MapType):
        return f"map({_trino(kind.key_type)}, {_trino(kind.value_type)})"
    if isinstance(kind, StructType):
        return f"row({', '.join(f'{field.name} {_trino(field.field_type)}' for field in kind.fields)})"
    if isinstance(kind, DecimalType):
        return f"decimal({kind.precision}, {kind.scale})"
    named = {
        "string": "varchar",
        "long": "bigint",
        "int": "integer",
        "float": "real",
        "binary": "varbinary",
        "uuid": "varchar",
        "timestamp": "timestamp(6)",
        "timestamptz": "timestamp(6) with time zone",
        "time": "time",
    }
    return named.get(str(kind), str(kind))


_METADATA_COLUMNS = {
    "snapshots": ("committed_at", "snapshot_id", "parent_id", "operation", "manifest_list", "summary"),
    "history": ("made_current_at", "snapshot_id", "parent_id", "is_current_ancestor"),
    "files": ("content", "file_path", "file_format", "record_count", "file_size_in_bytes"),
    "manifests": ("path", "length", "partition_spec_id", "added_snapshot_id"),
    "partitions": ("partition", "record_count", "file_count"),
}


def metadata_table(table: StaticTable, name: str) -> pa.Table:
    """`"t$snapshots"` and its like, the columns that Athena documents and pyiceberg knows."""
    if name not in _METADATA_COLUMNS:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"there is no metadata table ${name}")
    found: pa.Table = getattr(table.inspect, name)()
    return found.select([column for column in _METADATA_COLUMNS[name] if column in found.column_names])

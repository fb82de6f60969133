"""The live files of an Iceberg table, and their rows in batches that do not grow with them."""

from __future__ import annotations

from typing import Any, Iterator, List, Optional, Sequence, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.expressions import BooleanExpression
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import ALWAYS_TRUE, FileScanTask, Table

from glue.object_io import open_sized

_BATCH_BYTES = 2 * 1024 * 1024
_BATCH_ROWS = 16_384


def live_files(table: Table, row_filter: Optional[BooleanExpression] = None) -> List[FileScanTask]:
    """The files of the current snapshot that may hold rows for which `row_filter` is true."""
    return list(table.scan(row_filter=row_filter or ALWAYS_TRUE).plan_files())


def read(table: Table, tasks: Sequence[FileScanTask], columns: Sequence[str]) -> pa.RecordBatchReader:
    """The rows of files, in the table's current schema, one file after the other in small batches."""
    schema = pa.schema([_arrow_field(table, name) for name in columns])

    def batches() -> Iterator[pa.RecordBatch]:
        for task in tasks:
            yield from (_read_with_deletes if task.delete_files else _read_file)(table, task, schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _arrow_field(table: Table, name: str) -> pa.Field[Any]:
    # Nullable whatever the contract says: readers join and filter, only `Lake.write` enforces.
    return table.schema().as_arrow().field(name).with_nullable(True).remove_metadata()


def _read_file(table: Table, task: FileScanTask, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    file = task.file
    with open_sized(table.io, file.file_path, file.file_size_in_bytes) as source:
        parquet = pq.ParquetFile(cast("pa.NativeFile", source), pre_buffer=True)
        present = [name for name in schema.names if name in parquet.schema_arrow.names]
        rows = _batch_rows(parquet.metadata)
        for batch in parquet.iter_batches(rows, columns=present, use_threads=False):
            yield _project(batch, schema)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    return max(128, min(_BATCH_ROWS, _BATCH_BYTES * metadata.num_rows // max(size, 1)))


def _read_with_deletes(table: Table, task: FileScanTask, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    scan = ArrowScan(table.metadata, table.io, table.schema().select(*schema.names), ALWAYS_TRUE)
    for batch in scan.to_record_batches([task]):
        yield _project(batch, schema)


def _project(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)

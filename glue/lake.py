"""Iceberg tables in the Glue catalogue: open, write, and commit once or not at all.

Nothing here retries a commit as it was: a lost commit is planned again from the table as it is now.
Data files of a lost commit stay behind until orphans are removed; deleting them at once would be wrong
where the commit did arrive and only its answer was lost.
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import time
import uuid
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import AssertRefSnapshotId, TableUpdate

from glue.errors import CommitsExhausted, IncompatibleTable, TableContractError
from glue.overlap import overlapped
from glue.settings import Settings
from glue.tables import TableSpec

_LOG = logging.getLogger(__name__)
_MAIN = "main"
_PROPERTIES = {
    "format-version": "2",
    "write.format.default": "parquet",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.compression-level": "1",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
    # The jobs plan again from fresh state; engines that would retry a commit by themselves must not.
    "commit.retry.num-retries": "0",
}

T = TypeVar("T")


def connect(settings: Settings) -> Catalog:
    """The Glue catalogue and the lake's objects, at AWS_ENDPOINT_URL where that is set."""
    everything = os.environ.get("AWS_ENDPOINT_URL")
    endpoints = {
        "s3.endpoint": os.environ.get("AWS_ENDPOINT_URL_S3", everything),
        "glue.endpoint": os.environ.get("AWS_ENDPOINT_URL_GLUE", everything),
    }
    properties: Dict[str, Any] = {
        "py-io-impl": "glue.object_io.FrugalFileIO",
        "s3.region": settings.region,
        "glue.region": settings.region,
        **{name: url for name, url in endpoints.items() if url},
    }
    return GlueCatalog("orderlake", **properties)


class Lake:
    """The Iceberg tables of one database."""

    def __init__(
        self, catalog: Catalog, settings: Settings, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self._pause = pause

    def open(self, spec: TableSpec) -> Table:
        """The table as it is now; created if it is missing, columns added if its contract grew.

        Raises:
            IncompatibleTable: the stored columns are not the first columns of the contract.
        """
        identifier = (self._settings.database, spec.name)
        try:
            table = self._catalog.load_table(identifier)
        except NoSuchTableError:
            table = self._create(spec)
        return self._evolve(table, spec)

    def drop(self, name: str) -> None:
        """Take a table out of the catalogue, if it is there; its files stay."""
        try:
            self._catalog.drop_table((self._settings.database, name))
        except NoSuchTableError:
            return

    def until_committed(self, table_name: str, attempt: Callable[[], T]) -> T:
        """The result of the first `attempt` whose commit is taken; every attempt plans from fresh state.

        Raises:
            CommitsExhausted: other writers won `commit_attempts` times.
        """
        for number in range(1, self._settings.commit_attempts + 1):
            try:
                return attempt()
            except CommitFailedException as error:
                _LOG.warning(
                    "commit lost", extra={"table": table_name, "attempt": number, "cause": str(error)}
                )
                if number < self._settings.commit_attempts:
                    self._pause(random.uniform(0, min(5.0, 0.1 * 2**number)))  # noqa: S311 (jitter)
        raise CommitsExhausted(table_name, self._settings.commit_attempts)

    def write(self, table: Table, spec: TableSpec, batches: Iterable[pa.RecordBatch]) -> List[DataFile]:
        """Write rows to data files that no snapshot knows yet, one slice while the next is made.

        Raises:
            TableContractError: a required column has nulls.
        """
        write_id, counter = uuid.uuid4(), itertools.count()

        def write_slice(rows: pa.Table) -> List[DataFile]:
            return list(
                _dataframe_to_data_files(
                    table_metadata=table.metadata,
                    df=_conform(rows, spec),
                    io=table.io,
                    write_uuid=write_id,
                    counter=counter,
                )
            )

        slices = _slices(batches, self._settings.slice_bytes)
        return [file for written in overlapped(write_slice, slices) for file in written]

    def commit(
        self,
        table: Table,
        *,
        add: Sequence[DataFile] = (),
        remove: Sequence[DataFile] = (),
        properties: Optional[Mapping[str, str]] = None,
    ) -> None:
        """Swap files and set properties in one commit, if nobody committed rows since `table` was loaded.

        Raises:
            CommitFailedException: somebody did.
        """
        with _Transaction(table) as transaction:
            head = table.metadata.refs.get(_MAIN)
            # A commit of properties alone would not ask for this by itself.
            transaction._apply(
                (),
                (AssertRefSnapshotId(**{"ref": _MAIN, "snapshot-id": head.snapshot_id if head else None}),),
            )
            if properties:
                transaction.set_properties(dict(properties))
            if remove:
                with transaction.update_snapshot().overwrite() as overwrite:
                    for file in remove:
                        overwrite.delete_data_file(file)
                    for file in add:
                        overwrite.append_data_file(file)
            elif add:
                with transaction.update_snapshot().fast_append() as append:
                    for file in add:
                        append.append_data_file(file)

    def _create(self, spec: TableSpec) -> Table:
        identifier = (self._settings.database, spec.name)
        try:
            table = self._catalog.create_table(
                identifier,
                schema=spec.iceberg_schema,
                location=f"s3://{self._settings.lake_bucket}/{spec.location.rstrip('/')}",
                partition_spec=spec.partition_spec,
                properties=_PROPERTIES,
            )
        except TableAlreadyExistsError:
            return self._catalog.load_table(identifier)
        _LOG.info("table created", extra={"table": spec.name})
        return table

    def _evolve(self, table: Table, spec: TableSpec) -> Table:
        stored, wanted = table.schema().fields, spec.iceberg_schema.fields
        if len(stored) > len(wanted):
            raise IncompatibleTable(spec.name, f"column {stored[len(wanted)].name} is not in the contract")
        for old, new in zip(stored, wanted):
            if (old.name, old.field_type, old.required) != (new.name, new.field_type, new.required):
                raise IncompatibleTable(spec.name, f"column {old} is {new} in the contract")
        added = wanted[len(stored) :]
        if added:
            for field in added:
                if field.required:
                    raise IncompatibleTable(spec.name, f"the new column {field.name} is required")

            def add_columns() -> Table:
                fresh = self._catalog.load_table((self._settings.database, spec.name))
                with fresh.update_schema() as update:
                    for field in wanted[len(fresh.schema().fields) :]:
                        update.add_column(field.name, field.field_type, field.doc)
                return fresh

            table = self.until_committed(spec.name, add_columns)
            _LOG.info("columns added", extra={"table": spec.name, "columns": [field.name for field in added]})
        return table


class _Transaction(Transaction):
    """pyiceberg 0.10 copies metadata with all snapshots twenty times for a commit; this one thrice."""

    _copy: Optional[Tuple[Tuple[TableUpdate, ...], TableMetadata]] = None

    @property
    def table_metadata(self) -> TableMetadata:
        if self._copy is None or self._copy[0] is not self._updates:
            self._copy = self._updates, super().table_metadata
        return self._copy[1]


def append(lake: Lake, spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to a table in one commit; no commit where there are none.

    Raises:
        CommitsExhausted: other writers won every time.
    """

    def attempt() -> None:
        table = lake.open(spec)
        batch = pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=spec.arrow_schema)
        lake.commit(table, add=lake.write(table, spec, [batch]))

    if rows:
        lake.until_committed(spec.name, attempt)


def _slices(batches: Iterable[pa.RecordBatch], slice_bytes: int) -> Iterator[pa.Table]:
    pending: List[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        pending.append(batch)
        size += batch.nbytes
        if size >= slice_bytes:
            yield pa.Table.from_batches(pending)
            pending, size = [], 0
    if pending:
        yield pa.Table.from_batches(pending)


def _conform(rows: pa.Table, spec: TableSpec) -> pa.Table:
    schema = spec.arrow_schema
    for field in schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise TableContractError(
                spec.name, f"{rows.column(field.name).null_count} rows lack the required column {field.name}"
            )
    return pa.table([rows.column(field.name).cast(field.type) for field in schema], schema=schema)

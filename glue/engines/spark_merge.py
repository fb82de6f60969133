"""The root of silver on Spark: every event exactly once, by one MERGE per chunk of bronze objects."""

from __future__ import annotations

import dataclasses
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union, cast
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JJavaError
from pyiceberg.io import FileIO
from pyiceberg.table import Table
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, functions

import sql
from glue.branch import branch_of
from glue.bronze import BronzeObject
from glue.checks import PUBLISHED, CheckOutcome, demand_passed, parse
from glue.engines import Booked, Loaded, UnsoundRow
from glue.engines.spark_session import CATALOG, SparkSteps
from glue.lake import Lake
from glue.tables import TableSpec

_LOG = logging.getLogger(__name__)
_FOOTERS_AT_ONCE = 16
_NEEDED = ("event_id", "event_type", "occurred_at", "payload")

Footer = Union[int, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NEVER = {"from_time": _EPOCH, "to_time": _EPOCH}


class SparkEventMerge:
    """Merges bronze objects into the root table; contents are compared within the days that were delivered,
    or that the delivered ids are stored on."""

    def __init__(
        self, lake: Lake, root: TableSpec, bronze: TableSpec, lake_bucket: str, steps: SparkSteps
    ) -> None:
        self._lake = lake
        self._root = root
        self._bronze = bronze
        self._lake_bucket = lake_bucket
        self._steps = steps

    def load(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Read objects; insert what the table does not have: one commit."""
        io = self._lake.open(self._root).io
        with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
            footers = dict(
                zip(objects, pool.map(lambda item: _footer(io, self._path(item), self._bronze), objects))
            )
        readable = [item for item, footer in footers.items() if isinstance(footer, int)]
        unreadable = {item.key: footer for item, footer in footers.items() if isinstance(footer, str)}
        try:
            rows = self._deliver(readable)
        except (Py4JJavaError, PySparkException):
            # A footer that is whole does not say that its pages are: find the objects that stopped Spark.
            broken = {item.key: reason for item in readable for reason in self._fault(item)}
            if not broken:
                raise
            unreadable.update(broken)
            readable = [item for item in readable if item.key not in broken]
            rows = self._deliver(readable)
        for key, reason in unreadable.items():
            _LOG.warning("bronze object set aside", extra={"key": key, "reason": reason})
        try:
            merged = self._lake.until_committed(self._root.name, self._merge)
            unsound = self._unsound() if merged.malformed else ()
        finally:
            rows.unpersist()
        return dataclasses.replace(merged, unreadable=unreadable, unsound=unsound)

    def _unsound(self) -> Tuple[UnsoundRow, ...]:
        return tuple(
            UnsoundRow(self._key(row.path), {name: row[name] for name in self._bronze.column_names})
            for row in self._steps.frame("merge/unsound_rows").collect()
        )

    def _booked(self, days: Mapping[str, datetime]) -> Dict[str, Booked]:
        self._steps.name("root_now", self._stored(self._lake.open(self._root)))
        rows = self._steps.frame("merge/booked", **days).collect()
        return {self._key(row.path): Booked.of(row.asDict()) for row in rows}

    def _key(self, path: str) -> str:
        return unquote(path)[len(self._path_of("")) :]

    def _judge(self, arrivals: DataFrame) -> Tuple[CheckOutcome, ...]:
        """Judge the arrivals, the only relation that checks of the root may read.

        Raises:
            ChecksFailed: they must not be published.
        """
        self._steps.name(PUBLISHED, arrivals)
        outcomes = tuple(
            CheckOutcome(check, self._steps.statement(check.statement).count())
            for check in parse(self._root.name, sql.checks(self._root.name))
        )
        demand_passed(self._root.name, outcomes)
        return outcomes

    def _path(self, item: BronzeObject) -> str:
        return self._path_of(item.key)

    def _path_of(self, key: str) -> str:
        return f"s3://{self._lake_bucket}/{key}"

    def _deliver(self, objects: Sequence[BronzeObject]) -> DataFrame:
        rows = self._steps.files(self._bronze, [self._path(item) for item in objects])
        self._steps.name("bronze_rows", rows.withColumn("path", functions.input_file_name()))
        self._steps.name("judged_rows", self._steps.frame("merge/judged_rows"))
        # Not only persisted: the plans that read it would each carry the whole of its making.
        return self._steps.name("deliveries", self._steps.frame("merge/deliveries").localCheckpoint())

    def _fault(self, item: BronzeObject) -> List[str]:
        try:
            self._deliver([item]).unpersist()
        except (Py4JJavaError, PySparkException) as error:
            # The first line names the fault; more could quote rows.
            return [str(error).split("\n", 1)[0].replace(self._path(item), "the object")]
        return []

    def _merge(self) -> Loaded:
        table = self._lake.open(self._root)
        rows, malformed, from_time, to_time = self._steps.frame("merge/delivery_counts").collect()[0]
        self._steps.name("root", self._stored(table))
        if rows == malformed:
            self._steps.name("stored", self._steps.frame("merge/stored", **_NEVER))
            return Loaded(rows, 0, 0, malformed, (), {}, self._booked(_NEVER))
        days = self._widened({"from_time": from_time, "to_time": to_time})
        stored = self._steps.name("stored", self._steps.frame("merge/stored", **days)).persist()
        copies = self._steps.name("source_events", self._steps.frame("merge/source_events")).persist()
        self._steps.decode()
        self._steps.name("chosen", self._steps.query(self._root.name))
        arrivals = self._steps.name("arrivals", self._steps.frame("merge/arrivals").localCheckpoint())
        checks: Tuple[CheckOutcome, ...] = ()
        try:
            inserted, replaced = self._steps.frame("merge/arrival_counts").collect()[0]
            conflicts = tuple(row.event_id for row in self._steps.frame("merge/conflicts").collect())
            if inserted or replaced:
                checks = self._judge(arrivals)
                with branch_of(table) as branch:
                    self._steps.run("merge/merge", target=f"{CATALOG}.{branch.spark_name}", **days)
            booked = self._booked(days)
        finally:
            for frame in (copies, stored):
                frame.unpersist()
        if conflicts:
            _LOG.warning("events with one id and different content", extra={"count": len(conflicts)})
        if malformed:
            _LOG.warning("rows of bronze are malformed", extra={"count": malformed})
        return Loaded(rows, inserted, replaced, malformed, conflicts, {}, booked, checks=checks)

    def _widened(self, days: Mapping[str, datetime]) -> Dict[str, datetime]:
        """The days, and those that an id of theirs is stored on: a producer's fault, but one row."""
        from_time, to_time = self._steps.frame("merge/strays", **days).collect()[0]
        if from_time is None:
            return dict(days)
        return {
            "from_time": min(days["from_time"], from_time),
            "to_time": max(days["to_time"], to_time),
        }

    def _stored(self, table: Table) -> DataFrame:
        snapshot: Optional[int] = table.metadata.current_snapshot_id
        if snapshot is None:
            return self._steps.files(self._root, [])
        database, name = cast("Tuple[str, str]", table.name())
        return self._steps.table(database, name, snapshot)


def _footer(io: FileIO, path: str, spec: TableSpec) -> Footer:
    """The number of rows of a Parquet object, or why it cannot be read."""
    try:
        with io.new_input(path).open(seekable=True) as source:
            file = pq.ParquetFile(cast("pa.NativeFile", source))
            present: Dict[str, pa.DataType] = {field.name: field.type for field in file.schema_arrow}
            rows = file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        return str(error).split("\n", 1)[0].replace(path, "the object")
    for field in spec.arrow_schema:
        if field.name in _NEEDED and present.get(field.name) not in (field.type, _large(field.type)):
            return f"column {field.name} is {present.get(field.name, 'missing')}, not {field.type}"
    return rows


def _large(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_string(kind) else kind

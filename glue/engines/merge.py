"""The root of silver on DuckDB: every event exactly once, from deliveries that repeat."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.expressions import And, BooleanExpression, GreaterThanOrEqual, LessThan, Or
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

import sql
from glue.bronze import Bronze, BronzeObject
from glue.changes import rewrite_without
from glue.checks import PUBLISHED, CheckOutcome, combined, demand_passed, parse
from glue.dialect import to_duckdb
from glue.engines import Booked, Loaded, UnsoundRow
from glue.engines.session import Session
from glue.lake import Lake
from glue.scan import live_files, read
from glue.tables import TableSpec

_LOG = logging.getLogger(__name__)
_EVENT = ("event_id", "event_type", "occurred_at", "payload")
_DOWNLOADS_AT_ONCE = 4
# Its query and checks, also where the rows go to a table of another name.
_ROOT = "silver_order_events"


@dataclass(frozen=True)
class RowRange:
    """Some rows of a downloaded object; after the last range the file is not needed any more."""

    path: Path
    rows: range
    is_last: bool


class EventMerge:
    """Merges chunks of bronze objects into the root table; one instance per run.

    All copies of an event share its event time, so contents are compared within the days that were
    delivered. An id that is stored on another day is a producer's fault: hashes of all ids find it, and the
    days compared are widened by that one. Ids are read once per run, and again when another writer committed.
    """

    def __init__(
        self,
        lake: Lake,
        bronze: Bronze,
        spec: TableSpec,
        session: Session,
        work_dir: Path,
        portion_bytes: int,
    ) -> None:
        self._portion_bytes = portion_bytes
        self._lake = lake
        self._bronze = bronze
        self._spec = spec
        self._session = session
        self._work_dir = work_dir
        self._known_snapshot: Optional[int] = None
        self._known_days: Set[date] = set()
        self._days: Set[date] = set()
        for step in ("merge/known", "merge/seen"):
            session.run(step)

    def load(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Read objects a portion at a time; insert what the table does not have: one commit per portion."""
        unreadable: Dict[str, str] = {}
        merged = [self._load(portion) for portion in self._portions(objects, unreadable)]
        booked: Dict[str, Booked] = {}
        for portion in merged:
            for key, part in portion.booked.items():
                booked[key] = booked.get(key, Booked()) + part
        return Loaded(
            rows=sum(portion.rows for portion in merged),
            inserted=sum(portion.inserted for portion in merged),
            replaced=sum(portion.replaced for portion in merged),
            malformed=sum(portion.malformed for portion in merged),
            conflicts=tuple(sorted({event_id for portion in merged for event_id in portion.conflicts})),
            unreadable=unreadable,
            booked=booked,
            unsound=tuple(row for portion in merged for row in portion.unsound),
            checks=combined(*(portion.checks for portion in merged)),
        )

    def _portions(
        self, objects: Sequence[BronzeObject], unreadable: Dict[str, str]
    ) -> Iterator[Dict[str, RowRange]]:
        """Ranges of rows by object key, together at most `portion_bytes` unpacked.

        Objects that cannot be read are noted in `unreadable`, with the reason, and are in no portion.
        """
        portion: Dict[str, RowRange] = {}
        size = 0
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            paths = pool.map(lambda item: self._bronze.download(item, self._work_dir), objects)
            for item, path in zip(objects, paths):
                ranges = self._ranges(item, path, unreadable)
                for place, (rows, unpacked) in enumerate(ranges):
                    if portion and size + unpacked > self._portion_bytes:
                        yield portion
                        portion, size = {}, 0
                    portion[item.key] = RowRange(path, rows, is_last=place == len(ranges) - 1)
                    size += unpacked
        if portion:
            yield portion

    def _ranges(self, item: BronzeObject, path: Path, unreadable: Dict[str, str]) -> List[Tuple[range, int]]:
        try:
            metadata = pq.read_metadata(path)
            self._session.insist("merge/check", {"path": str(path)})
        except duckdb.OutOfMemoryException:
            # The object is as good as any.
            raise
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            # The first line names the fault; more could quote rows.
            reason = str(error).split("\n", 1)[0].replace(str(path), "the object")
            unreadable[item.key] = reason
            _LOG.warning("bronze object set aside", extra={"key": item.key, "reason": reason})
            path.unlink()
            return []
        unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        step = max(1, metadata.num_rows * self._portion_bytes // max(unpacked, self._portion_bytes))
        starts = range(0, max(1, metadata.num_rows), step)
        return [
            (range(start, min(start + step, metadata.num_rows)), unpacked // len(starts)) for start in starts
        ]

    def _load(self, portion: Mapping[str, RowRange]) -> Loaded:
        self._session.run("merge/deliveries")
        for part in portion.values():
            self._session.insist(
                "merge/deliver",
                {"path": str(part.path), "from_row": part.rows.start, "to_row": part.rows.stop},
            )
        unsound = self._unsound(portion)
        for part in portion.values():
            if part.is_last:
                part.path.unlink()
        keys = {str(part.path): key for key, part in portion.items()}
        loaded = self._lake.until_committed(self._spec.name, lambda: self._merge(keys))
        return replace(loaded, unsound=unsound)

    def _unsound(self, portion: Mapping[str, RowRange]) -> Tuple[UnsoundRow, ...]:
        _, malformed = self._session.row("merge/delivery_counts")
        if not malformed:
            return ()
        return tuple(
            UnsoundRow(key, row)
            for key, part in portion.items()
            for row in self._session.rows("merge/unsound_rows", {"path": str(part.path)})
        )

    def _merge(self, keys: Mapping[str, str]) -> Loaded:
        table = self._lake.open(self._spec)
        self._learn_ids(table)
        self._fetch_contents(table)
        self._session.run("merge/candidates")
        self._session.run("merge/source_events")
        self._session.run("events")
        self._session.insist("merge/decoded")
        self._session.view("chosen", to_duckdb(sql.query(_ROOT)))
        self._session.insist("merge/arrivals")
        conflicts = tuple(map(str, self._session.column("merge/conflicts").to_pylist()))
        inserted, replaced = self._session.row("merge/arrival_counts")
        checks: Tuple[CheckOutcome, ...] = ()
        self._session.run("merge/written")
        if inserted or replaced:
            checks = self._judge()
            self._read_back(table, self._commit(table))
        booked = {keys[row["path"]]: Booked.of(row) for row in self._session.rows("merge/booked")}
        rows, malformed = self._session.row("merge/delivery_counts")
        if conflicts:
            _LOG.warning("events with one id and different content", extra={"count": len(conflicts)})
        if malformed:
            _LOG.warning("rows of bronze are malformed", extra={"count": malformed})
        return Loaded(rows, inserted, replaced, malformed, conflicts, {}, booked, checks=checks)

    def _judge(self) -> Tuple[CheckOutcome, ...]:
        """Judge the arrivals, the only relation that checks of the root may read.

        Raises:
            ChecksFailed: they must not be published.
        """
        self._session.alias(PUBLISHED, "arrivals")
        outcomes = tuple(
            CheckOutcome(check, self._session.count(to_duckdb(check.statement)))
            for check in parse(_ROOT, sql.checks(_ROOT))
        )
        demand_passed(self._spec.name, outcomes)
        return outcomes

    def _learn_ids(self, table: Table) -> None:
        snapshot = table.metadata.current_snapshot_id
        if snapshot != self._known_snapshot:
            for step in ("merge/known", "merge/seen"):
                self._session.run(step)
            with self._session.reading("stored_ids", read(table, live_files(table), ("event_id",))):
                self._session.run("merge/learn_seen")
            self._known_snapshot, self._known_days = snapshot, set()
        self._days = set(cast("List[date]", self._session.column("merge/delivery_days").to_pylist()))
        self._learn_days(table)
        strays = self._session.column("merge/strays")
        if len(strays):
            self._days |= _days_of(table, strays)
            self._learn_days(table)

    def _learn_days(self, table: Table) -> None:
        missing = self._days - self._known_days
        files = live_files(table, _during(missing)) if missing else []
        if files:
            with self._session.reading("stored_ids", read(table, files, ("event_id", "occurred_at"))):
                self._session.run("merge/learn_ids", {"days": sorted(missing)})
        self._known_days |= missing
        self._session.run("merge/known_here")

    def _fetch_contents(self, table: Table) -> None:
        for step in ("merge/stored", "merge/uncertain"):
            self._session.run(step)
        if self._session.row("merge/uncertain_count") != (0,):
            with self._session.reading(
                "stored_events", read(table, live_files(table, _during(self._days)), _EVENT)
            ):
                self._session.run("merge/fetch_stored")
            self._session.run("merge/learn_contents")
        self._session.run("merge/contested")

    def _commit(self, table: Table) -> List[DataFile]:
        """Returns the files that were added."""
        replaced = self._session.column("merge/arrival_replacements")
        removed, added = rewrite_without(
            self._lake, table, self._spec, "event_id", replaced, within=_during(self._days)
        )
        added.extend(
            self._lake.write(table, self._spec, self._session.stream(sql.duckdb("merge/arrival_rows")))
        )
        self._lake.commit(table, add=added, remove=removed)
        self._session.run("merge/learn_arrivals")
        self._known_snapshot = table.metadata.current_snapshot_id
        return added

    def _read_back(self, table: Table, added: Sequence[DataFile]) -> None:
        paths = {file.file_path for file in added}
        files = [file for file in live_files(table, _during(self._days)) if file.file.file_path in paths]
        with self._session.reading("stored_ids", read(table, files, ("event_id",))):
            self._session.run("merge/learn_written")


def _days_of(table: Table, event_ids: pa.Array[Any]) -> Set[date]:
    """UTC days that stored events of these ids happened on."""
    days: Set[date] = set()
    for batch in read(table, live_files(table), ("event_id", "occurred_at")):
        found = batch.filter(pc.is_in(batch.column("event_id"), event_ids)).column("occurred_at")
        days.update(moment.date() for moment in cast("List[datetime]", found.to_pylist()))
    return days


def _during(days: Set[date]) -> BooleanExpression:
    ranges: List[BooleanExpression] = []
    for first, after in _spans(sorted(days)):
        start, end = (datetime(day.year, day.month, day.day, tzinfo=timezone.utc) for day in (first, after))
        ranges.append(
            And(
                GreaterThanOrEqual("occurred_at", start.isoformat()),
                LessThan("occurred_at", end.isoformat()),
            )
        )
    return Or(*ranges) if len(ranges) > 1 else ranges[0]


def _spans(days: Sequence[date]) -> List[Tuple[date, date]]:
    """Days in a row as one: the first, and the day after the last."""
    spans: List[Tuple[date, date]] = []
    for day in days:
        begins = day
        if spans and spans[-1][1] == day:
            begins, _ = spans.pop()
        spans.append((begins, day + timedelta(days=1)))
    return spans

"""The tables that derive from others, on DuckDB: only what changed is made anew.

A table remembers, in the commit of its rows, the snapshot of its source that they were made from and the
recipe that made them. Where either is not known any more, it is built anew from all of its source.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

import sql
from glue import provenance
from glue.changes import Changes, may_hold, rewrite_without
from glue.checks import PUBLISHED, Check, CheckOutcome, demand_passed, parse
from glue.dialect import check_to_duckdb, columns_used, condition_on, relations_used, to_duckdb
from glue.engines import Derived
from glue.engines.session import Session
from glue.errors import TableContractError
from glue.lake import Lake
from glue.scan import live_files, read
from glue.tables import TableSpec

_ROWS_AT_ONCE = 100_000
_EVENT = ("event_id", "event_type", "occurred_at", "payload")


class Derivation:
    """Brings one table up to its source; one instance per table and run."""

    def __init__(
        self, lake: Lake, specs: Mapping[str, TableSpec], name: str, shop_timezone: str, session: Session
    ) -> None:
        self._lake = lake
        self._spec = specs[name]
        if self._spec.source is None or (self._spec.refresh_by is None and not self._spec.joins):
            raise TableContractError(name, "derives from nothing; give it source, and refresh_by or joins")
        self._source_spec = specs[self._spec.source]
        self._joined_specs = tuple(specs[joined] for joined in self._spec.joins)
        self._refresh_by = self._spec.refresh_by or ""
        self._session = session
        self._query = sql.query(name)
        self._checks = parse(name, sql.checks(name))
        self._reads_payloads = self._spec.source not in relations_used(self._query)
        self._recipe = provenance.recipe(self._spec, self._query, shop_timezone)

    def refresh(self) -> Derived:
        """Commit what changed in the source since the last time; no commit where nothing did."""
        return self._lake.until_committed(self._spec.name, self._refresh)

    def _refresh(self) -> Derived:
        # The target first: whoever commits to it after this moment makes this attempt fail.
        target = self._lake.open(self._spec)
        source = self._lake.open(self._source_spec)
        joined = [self._lake.open(spec) for spec in self._joined_specs]
        if provenance.is_current(target, source, self._recipe, joined):
            return Derived(self._spec.name, "unchanged", 0)
        sources: Sequence[Table] = (source, *joined)
        touched: Optional[pa.Array[Any]] = None
        changes = None if joined else provenance.changes_to_take_over(target, source, self._recipe)
        if changes is None:
            self._fetch(joined)
            removed = [task.file for task in live_files(target)]
            added = self._make_all(target, source)
        elif self._source_spec.key == (self._refresh_by,):
            removed, added = self._replace_rows(target, source, changes)
        else:
            touched = _distinct(read(source, changes.added + changes.removed, [self._refresh_by]))
            is_kept = self._keep_groups(source, touched)
            if is_kept:
                sources = ()
            removed, added = self._replace_groups(target, source, touched, is_kept=is_kept)
        outcomes = self._check(target, removed, added, sources, touched)
        self._lake.commit(
            target,
            add=added,
            remove=removed,
            properties=provenance.properties(source, self._recipe, joined),
        )
        rows = sum(file.record_count for file in added)
        return Derived(self._spec.name, "rebuilt" if changes is None else "updated", rows, outcomes)

    def _check(
        self,
        target: Table,
        removed: List[DataFile],
        added: List[DataFile],
        sources: Sequence[Table],
        touched: Optional[pa.Array[Any]],
    ) -> Tuple[CheckOutcome, ...]:
        """Judge the table as it would be, before anybody sees it; only touched groups where these are known.

        `sources` are to be read for it; what the session keeps needs not be.

        Raises:
            ChecksFailed: it must not be published.
        """
        gone = {file.file_path for file in removed}
        new = [FileScanTask(file) for file in added]
        where = may_hold(self._refresh_by, touched) if touched is not None else None
        kept = [task for task in live_files(target, where) if task.file.file_path not in gone]
        relations = {source.name()[-1]: (source, live_files(source, where)) for source in sources}
        relations[self._spec.name] = (target, kept + new)
        relations[PUBLISHED] = (target, new)
        outcomes = tuple(self._outcome(check, relations, touched) for check in self._checks)
        demand_passed(self._spec.name, outcomes)
        return outcomes

    def _outcome(
        self,
        check: Check,
        relations: Mapping[str, Tuple[Table, Sequence[FileScanTask]]],
        touched: Optional[pa.Array[Any]],
    ) -> CheckOutcome:
        used = columns_used(check.statement) | ({self._refresh_by} if touched is not None else set())
        with ExitStack() as stack:
            for name in relations_used(check.statement) & set(relations):
                table, tasks = relations[name]
                columns = [field.name for field in table.schema().fields if field.name in used]
                rows = read(table, tasks, columns)
                if touched is not None:
                    rows = _only(rows, self._refresh_by, touched)
                stack.enter_context(self._session.reading(name, rows))
            return CheckOutcome(check, self._session.count(check_to_duckdb(check.statement)))

    def _fetch(self, joined: Sequence[Table]) -> None:
        """Copy what is needed of joined tables, which a query may read repeatedly."""
        used = columns_used(self._query)
        for table in joined:
            columns = [field.name for field in table.schema().fields if field.name in used]
            name = table.name()[-1]
            rows = read(table, live_files(table), columns)
            self._session.keep(name, rows, condition_on(self._query, name))

    def _replace_rows(
        self, target: Table, source: Table, changes: Changes
    ) -> Tuple[List[DataFile], List[DataFile]]:
        """Rows of new events are added; those of replaced events are exchanged."""
        if not changes.removed:
            return [], self._make(target, self._from_files(source, changes.added))
        for step, tasks in (("changes/added_rows", changes.added), ("changes/removed_rows", changes.removed)):
            with self._session.reading("file_rows", self._from_files(source, tasks)):
                self._session.run(step)
        lost = self._session.column("changes/lost_ids")
        gained = self._session.column("changes/gained_ids")
        removed, added = rewrite_without(self._lake, target, self._spec, self._refresh_by, lost)
        rows = self._from_files(source, self._files_with(source, changes, gained))
        added.extend(self._make(target, _only(rows, self._refresh_by, gained)))
        return removed, added

    def _files_with(self, source: Table, changes: Changes, gained: pa.Array[Any]) -> Sequence[FileScanTask]:
        """Files in which every gained row stands once, as it is now."""
        live = {task.file.file_path for task in live_files(source)}
        if all(task.file.file_path in live for task in changes.added):
            return changes.added
        # Compacted since: what was added before stands, or stood, in a later file too.
        return live_files(source, may_hold(self._refresh_by, gained))

    def _keep_groups(self, source: Table, touched: pa.Array[Any]) -> bool:
        """Read the rows of touched groups once, for the query and the checks; False where they are many."""
        checked = [columns_used(check.statement) for check in self._checks]
        used = columns_used(self._query).union({self._refresh_by}, *checked)
        columns = [name for name in self._source_spec.column_names if name in used]
        files = live_files(source, may_hold(self._refresh_by, touched))
        rows = _only(read(source, files, columns), self._refresh_by, touched)
        kept, count = [], 0
        for batch in rows:
            kept.append(batch)
            count += batch.num_rows
            if count > _ROWS_AT_ONCE:
                return False
        self._session.keep(self._source_spec.name, pa.RecordBatchReader.from_batches(rows.schema, kept))
        return True

    def _replace_groups(
        self, target: Table, source: Table, touched: pa.Array[Any], *, is_kept: bool
    ) -> Tuple[List[DataFile], List[DataFile]]:
        """All rows of every touched group are made anew from all of its source."""
        removed, added = rewrite_without(self._lake, target, self._spec, self._refresh_by, touched)
        if is_kept:
            groups: Iterator[pa.RecordBatch] = self._session.stream(to_duckdb(self._query))
        else:
            holding = _holding(source, self._refresh_by, touched)
            rows = _only(self._from_files(source, holding.files), self._refresh_by, touched)
            groups = self._groups(rows, holding.rows)
        added.extend(self._lake.write(target, self._spec, groups))
        return removed, added

    def _make_all(self, target: Table, source: Table) -> List[DataFile]:
        files = live_files(source)
        rows = self._from_files(source, files)
        if self._joined_specs or self._source_spec.key == (self._refresh_by,):
            return self._make(target, rows)
        return self._lake.write(target, self._spec, self._groups(rows, _count(files)))

    def _groups(self, rows: pa.RecordBatchReader, at_most: int) -> Iterator[pa.RecordBatch]:
        """What the query makes of rows, some groups at a time: memory grows with what it has open."""
        source, query = self._source_spec.name, to_duckdb(self._query)
        portions = -(-at_most // _ROWS_AT_ONCE)
        if portions <= 1:
            with self._session.reading(source, rows):
                yield from self._session.stream(query)
            return
        for _ in self._session.cut(source, rows, self._spec.key, portions):
            yield from self._session.stream(query)

    def _from_files(self, source: Table, tasks: Sequence[FileScanTask]) -> pa.RecordBatchReader:
        if self._reads_payloads:
            return read(source, tasks, _EVENT)
        used = columns_used(self._query) | {self._refresh_by}
        return read(source, tasks, [name for name in self._source_spec.column_names if name in used])

    def _make(self, target: Table, rows: pa.RecordBatchReader) -> List[DataFile]:
        """Write what the table's query makes of `rows` of its source."""
        relation = "source_events" if self._reads_payloads else self._source_spec.name
        with self._session.reading(relation, rows):
            if self._reads_payloads:
                self._session.run("events")
                self._session.run("lines")
            return self._lake.write(target, self._spec, self._session.stream(to_duckdb(self._query)))


def _distinct(rows: pa.RecordBatchReader) -> pa.Array[Any]:
    keys: pa.Array[Any] = pa.array([], rows.schema.field(0).type)
    for batch in rows:
        keys = pc.unique(pa.concat_arrays([keys, pc.unique(batch.column(0))]))
    return keys.drop_null()


class Holding(NamedTuple):
    """Files with rows of some groups, and how many such rows these have."""

    files: List[FileScanTask]
    rows: int


def _holding(source: Table, column: str, keys: pa.Array[Any]) -> Holding:
    """The files that hold rows of `keys`: by statistics, and where these say nothing by one column."""
    files: List[FileScanTask] = []
    rows = 0
    for task in live_files(source, may_hold(column, keys)):
        found = sum(pc.is_in(batch.column(0), keys).true_count for batch in read(source, [task], [column]))
        if found:
            files.append(task)
            rows += found
    return Holding(files, rows)


def _count(tasks: Sequence[FileScanTask]) -> int:
    return sum(task.file.record_count for task in tasks)


def _only(rows: pa.RecordBatchReader, column: str, keys: pa.Array[Any]) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            yield batch.filter(pc.is_in(batch.column(column), keys))

    return pa.RecordBatchReader.from_batches(rows.schema, batches())

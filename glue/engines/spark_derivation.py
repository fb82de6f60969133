"""The tables that derive from others, on Spark: the same rules as on DuckDB, the rows written by Spark."""

from __future__ import annotations

from typing import Mapping, Sequence, Tuple, cast

from pyiceberg.table import FileScanTask, Table
from pyspark.sql import DataFrame

import sql
from glue import provenance
from glue.branch import Branch, branch_of
from glue.changes import Changes
from glue.checks import PUBLISHED, CheckOutcome, demand_passed, parse
from glue.engines import Derived
from glue.engines.spark_session import CATALOG, SparkSteps
from glue.errors import TableContractError
from glue.lake import Lake
from glue.tables import TableSpec

_ROOT = "silver_order_events"


class SparkDerivation:
    """Brings one table up to its source; one instance per table and run."""

    def __init__(
        self,
        lake: Lake,
        specs: Mapping[str, TableSpec],
        name: str,
        shop_timezone: str,
        steps: SparkSteps,
    ) -> None:
        self._lake = lake
        self._spec = specs[name]
        if self._spec.source is None:
            raise TableContractError(name, "derives from nothing; give it a source")
        self._source_spec = specs[self._spec.source]
        self._joined_specs = [specs[joined] for joined in self._spec.joins]
        self._steps = steps
        self._recipe = provenance.recipe(self._spec, sql.query(name), shop_timezone)

    def refresh(self) -> Derived:
        """Publish what changed in the source since the last time; no commit where nothing did."""
        return self._lake.until_committed(self._spec.name, self._refresh)

    def _refresh(self) -> Derived:
        # The target first: whoever commits to it after this moment makes this attempt fail.
        target = self._lake.open(self._spec)
        source = self._lake.open(self._source_spec)
        joined = [self._lake.open(spec) for spec in self._joined_specs]
        if provenance.is_current(target, source, self._recipe, joined):
            return Derived(self._spec.name, "unchanged", 0)
        group = self._spec.refresh_by
        changes = provenance.changes_to_take_over(target, source, self._recipe) if group else None
        with branch_of(target, provenance.properties(source, self._recipe, joined)) as branch:
            if changes is None or group is None:
                self._rebuild(branch, source, joined)
            elif self._source_spec.key == (group,):
                self._replace_rows(branch, changes, group)
            else:
                self._replace_groups(branch, source, changes, group)
            rows, outcomes = self._check(branch, source, joined)
        return Derived(self._spec.name, "rebuilt" if changes is None else "updated", rows, outcomes)

    def _check(
        self, branch: Branch, source: Table, joined: Sequence[Table]
    ) -> Tuple[int, Tuple[CheckOutcome, ...]]:
        """Judge the table as it would be, before anybody sees it; how many rows were written for it.

        Raises:
            ChecksFailed: it must not be published.
        """
        changes = branch.changes()
        self._steps.name(self._source_spec.name, self._now(self._source_spec, source))
        for spec, table in zip(self._joined_specs, joined):
            self._steps.name(spec.name, self._now(spec, table))
        self._steps.name(self._spec.name, self._steps.table(*branch.identifier, branch.head()))
        added = [task.file.file_path for task in changes.added]
        self._steps.name(PUBLISHED, self._steps.files(self._spec, added))
        outcomes = tuple(
            CheckOutcome(check, self._steps.statement(check.statement).count())
            for check in parse(self._spec.name, sql.checks(self._spec.name))
        )
        demand_passed(self._spec.name, outcomes)
        return sum(task.file.record_count for task in changes.added), outcomes

    def _rebuild(self, branch: Branch, source: Table, joined: Sequence[Table]) -> None:
        for spec, table in zip(self._joined_specs, joined):
            self._steps.name(spec.name, self._now(spec, table))
        self._steps.overwrite(self._made_from(self._now(self._source_spec, source)), branch.spark_name)

    def _replace_rows(self, branch: Branch, changes: Changes, key: str) -> None:
        """Rows of new events are added; those of replaced events are exchanged."""
        rows = self._rows(changes.added)
        if changes.removed:
            self._steps.name("added_rows", rows)
            self._steps.name("removed_rows", self._rows(changes.removed))
            self._delete(branch, self._steps.frame("changes/lost_ids"), key)
            rows = self._steps.frame("changes/source_events")
        self._steps.append(self._made_from(rows), branch.spark_name)

    def _replace_groups(self, branch: Branch, source: Table, changes: Changes, group: str) -> None:
        """All rows of every touched group are made anew from all of its source."""
        changed = self._rows(changes.added + changes.removed).withColumnRenamed(group, "key")
        self._steps.name("changed_rows", changed)
        touched = self._steps.frame("changes/touched_keys").persist()
        try:
            self._delete(branch, touched, group)
            rows = self._now(self._source_spec, source)
            kept = rows.join(touched, rows[group] == touched["key"], "left_semi")
            self._steps.append(self._made_from(kept), branch.spark_name)
        finally:
            touched.unpersist()

    def _delete(self, branch: Branch, keys: DataFrame, column: str) -> None:
        self._steps.name("lost_keys", keys)
        self._steps.run("changes/delete_keys", target=f"{CATALOG}.{branch.spark_name}", column=column)

    def _made_from(self, rows: DataFrame) -> DataFrame:
        """What the table's query makes of rows of its source."""
        if self._source_spec.name == _ROOT:
            self._steps.name("source_events", rows)
            self._steps.decode()
        # Where a query reads the root itself, it does so by its name.
        self._steps.name(self._source_spec.name, rows)
        return self._steps.query(self._spec.name)

    def _now(self, spec: TableSpec, table: Table) -> DataFrame:
        snapshot = table.metadata.current_snapshot_id
        if snapshot is None:
            return self._steps.files(spec, [])
        database, name = cast("Tuple[str, str]", table.name())
        return self._steps.table(database, name, snapshot)

    def _rows(self, tasks: Sequence[FileScanTask]) -> DataFrame:
        return self._steps.files(self._source_spec, [task.file.file_path for task in tasks])

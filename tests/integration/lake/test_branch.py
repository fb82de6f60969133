"""Rows on a branch are nobody's until one commit makes them the table's."""

import pytest
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from glue.branch import Branch, branch_of
from glue.lake import Lake, append
from glue.tables import load
from tests.integration.lake.lake_harness import LakeHarness

SPEC = load("silver_stock_movements")


class Interrupted(Exception):
    """Stands for whatever ends a run."""


def lake_of(harness: LakeHarness) -> Lake:
    return Lake(harness.catalog, harness.settings, pause=lambda _: None)


def movement(number: int) -> dict[str, object]:
    return {
        "event_id": str(number),
        "occurred_at": 0,
        "movement_date": 0,
        "sku": "s",
        "kind": "movement",
        "quantity": number,
        "description": None,
        "reference": None,
    }


def write(lake: Lake, branch: Branch, number: int) -> None:
    """A row on the branch, as an engine writes it."""
    table = branch.table.refresh()
    rows = SPEC.arrow_schema.empty_table().from_pylist([movement(number)], schema=SPEC.arrow_schema)
    files = lake.write(table, SPEC, rows.to_batches())
    with (
        table.transaction() as transaction,
        transaction.update_snapshot(branch=branch.name).fast_append() as added,
    ):
        for file in files:
            added.append_data_file(file)


def ids(table: Table) -> list[str]:
    return sorted(map(str, table.refresh().scan().to_arrow().column("event_id").to_pylist()))


def test_rows_and_properties_are_published_together(lake: LakeHarness) -> None:
    tables = lake_of(lake)
    table = tables.open(SPEC)
    with branch_of(table, {"made": "yes"}) as branch:
        write(tables, branch, 1)
        assert ids(lake.catalog.load_table(table.name())) == []
    published = lake.catalog.load_table(table.name())
    assert (ids(published), published.properties["made"]) == (["1"], "yes")
    assert set(published.metadata.refs) == {"main"}


def test_a_run_that_fails_leaves_the_table_and_no_branch(lake: LakeHarness) -> None:
    tables = lake_of(lake)
    table = tables.open(SPEC)
    with pytest.raises(Interrupted), branch_of(table, {"made": "yes"}) as branch:  # noqa: PT012
        write(tables, branch, 1)
        raise Interrupted
    found = lake.catalog.load_table(table.name())
    assert (ids(found), "made" in found.properties) == ([], False)
    assert set(found.metadata.refs) == {"main"}


def test_of_two_runs_the_second_is_refused(lake: LakeHarness) -> None:
    tables = lake_of(lake)
    with pytest.raises(CommitFailedException), branch_of(tables.open(SPEC)) as branch:  # noqa: PT012
        write(tables, branch, 1)
        append(tables, SPEC, [movement(2)])
    assert ids(tables.open(SPEC)) == ["2"]


def test_what_a_branch_added_is_known(lake: LakeHarness) -> None:
    tables = lake_of(lake)
    append(tables, SPEC, [movement(1)])
    with branch_of(tables.open(SPEC)) as branch:
        write(tables, branch, 2)
        changes = branch.changes()
    assert sum(task.file.record_count for task in changes.added) == 1
    assert ids(tables.open(SPEC)) == ["1", "2"]

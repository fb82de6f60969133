"""Tables follow their contracts: columns are added, anything else is refused."""

import dataclasses

import pytest

from glue.errors import IncompatibleTable
from glue.lake import Lake
from glue.tables import Column, load
from tests.integration.lake.lake_harness import LakeHarness, event


def tables(harness: LakeHarness) -> Lake:
    return Lake(harness.catalog, harness.settings, pause=lambda _: None)


def test_a_new_column_is_added_and_old_rows_have_none(lake: LakeHarness) -> None:
    lake.put([event(1)], "a")
    lake.silver()
    spec = load("silver_order_events")
    grown = dataclasses.replace(spec, columns=(*spec.columns, Column("channel", "string", False, "where")))
    fields = tables(lake).open(grown).schema().fields
    assert (fields[-1].name, fields[-1].field_id) == ("channel", len(grown.columns))
    assert lake.rows("silver_order_events")[0]["channel"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Column("payload", "bigint", True, "d"), "payload"),
        (Column("payload", "string", False, "d"), "payload"),
    ],
)
def test_a_changed_column_is_refused(lake: LakeHarness, change: Column, message: str) -> None:
    spec = load("silver_order_events")
    tables(lake).open(spec)
    with pytest.raises(IncompatibleTable, match=message):
        tables(lake).open(dataclasses.replace(spec, columns=(*spec.columns[:8], change, *spec.columns[9:])))


def test_a_new_required_column_is_refused(lake: LakeHarness) -> None:
    spec = load("silver_order_events")
    tables(lake).open(spec)
    grown = dataclasses.replace(spec, columns=(*spec.columns, Column("channel", "string", True, "where")))
    with pytest.raises(IncompatibleTable, match="channel is required"):
        tables(lake).open(grown)

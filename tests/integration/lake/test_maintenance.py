"""Maintenance makes many files few and changes no row, whatever else happens to the tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from glue.bronze import Consumed
from glue.errors import StatementFailed
from glue.maintenance import Maintenance, MaintenanceResult
from glue.tables import load_all
from tests.integration.lake.athena_client import LakeAthena
from tests.integration.lake.lake_harness import LakeHarness, event
from tests.integration.lake.test_exactly_once import longer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = "silver_order_events"
EVERY_ROW = f"SELECT event_id, payload FROM {ROOT} ORDER BY event_id"


def maintained(lake: LakeHarness, now: datetime | None = None) -> MaintenanceResult:
    athena = LakeAthena(lake).jobs
    maintenance = Maintenance(athena, lake.catalog, lake.s3, load_all(), lake.settings)
    return maintenance.run("m", now or datetime.now(UTC))


def deliver(lake: LakeHarness, deliveries: int, events_each: int = 1) -> None:
    """Objects that are merged one by one; then silver, which finds nothing new, and gold."""
    engine = lake.engine()
    for number in range(deliveries):
        name = f"d{number}"
        lake.put([event(number * events_each + place) for place in range(events_each)], name)
        (item,) = (found for found in lake.bronze.pending() if found.key.endswith(f"/{name}"))
        engine.load_events([item])
        lake.bronze.record(name, [Consumed(item, events_each)])
    engine.close()
    lake.silver()
    lake.gold()


def set_properties(lake: LakeHarness, table: str, **properties: Any) -> None:
    with lake.catalog.load_table((lake.settings.database, table)).transaction() as transaction:
        transaction.set_properties({name: str(value) for name, value in properties.items()})


def keep_no_snapshots(lake: LakeHarness) -> None:
    for table in lake.versions():
        set_properties(lake, table, vacuum_max_snapshot_age_seconds=0)


def of(result: MaintenanceResult, name: str) -> Any:
    (found,) = [each for each in result.tables if each.table == name]
    return found


def test_small_files_become_few_and_the_rows_stay(lake: LakeHarness) -> None:
    deliver(lake, 6)
    before, answer = lake.content(), LakeAthena(lake).rows(EVERY_ROW)
    root = of(maintained(lake), ROOT)
    assert (root.before.files, root.after.files) == (6, 1)
    assert root.after.bytes < root.before.bytes
    assert lake.content() == before
    assert LakeAthena(lake).rows(EVERY_ROW) == answer


def test_a_second_maintenance_finds_nothing_to_compact(lake: LakeHarness) -> None:
    deliver(lake, 6)
    maintained(lake)
    before = lake.versions()
    maintained(lake)
    assert lake.versions() == before


def test_compaction_is_no_change_to_what_derives(lake: LakeHarness) -> None:
    deliver(lake, 6)
    maintained(lake)
    result = (*lake.silver().tables, *lake.gold())
    assert sum(table.rows for table in result if table.outcome == "updated") == 0


def test_changes_before_and_after_a_compaction_are_taken_over_once(lake: LakeHarness) -> None:
    deliver(lake, 5)
    lake.put([event(5), longer(3)], "more")
    lake.engine().load_events(lake.bronze.pending())
    maintained(lake)
    lake.put([longer(5)], "again")
    lake.silver()
    lake.gold()
    assert len(lake.rows("silver_order_lines")) == 6 * 2 + 2
    assert sum(row["units"] for row in lake.rows("gold_daily_sales")) == (6 * 2 + 2) * 2


def test_old_snapshots_and_the_files_that_only_they_need_go(lake: LakeHarness) -> None:
    deliver(lake, 6)
    keep_no_snapshots(lake)
    before = lake.content()
    maintained(lake)
    lake.silver()
    lake.gold()
    root = of(maintained(lake), ROOT)
    assert root.after.snapshots == 1
    assert root.after.objects < root.before.objects
    data = lake.s3.list_objects_v2(Bucket=lake.settings.lake_bucket, Prefix="silver/order_events/data/")
    assert data["KeyCount"] == 1
    assert lake.content() == before


def test_a_table_that_is_behind_keeps_the_snapshots_of_its_source(lake: LakeHarness) -> None:
    deliver(lake, 6)
    keep_no_snapshots(lake)
    lake.put([event(6)], "more")
    lake.silver()
    result = maintained(lake, datetime.now(UTC) + timedelta(seconds=1))
    kept = of(result, "silver_order_lines").kept_for
    assert {"gold_daily_sales", "gold_product_sales", "gold_customer_value"} <= set(kept)
    assert "rebuilt" not in {table.outcome for table in lake.gold() if table.table in kept}


def test_tables_that_keep_up_are_not_built_anew_after_their_sources_are_vacuumed(lake: LakeHarness) -> None:
    deliver(lake, 6)
    keep_no_snapshots(lake)
    maintained(lake, datetime.now(UTC) + timedelta(seconds=1))
    lake.put([event(6)], "more")
    silver, gold = lake.silver(), lake.gold()
    rebuilt = {table.table for table in (*silver.tables, *gold) if table.outcome == "rebuilt"}
    assert rebuilt <= {name for name, spec in load_all().items() if not spec.refresh_by}
    assert len(lake.ids()) == 7


def test_orphans_go_when_no_writer_can_want_them_any_more(lake: LakeHarness) -> None:
    deliver(lake, 1)
    key = "silver/order_events/data/orphan.parquet"
    lake.s3.put_object(Bucket=lake.settings.lake_bucket, Key=key, Body=b"lost")
    maintained(lake)
    assert "Contents" in lake.s3.list_objects_v2(Bucket=lake.settings.lake_bucket, Prefix=key)
    set_properties(lake, ROOT, vacuum_max_snapshot_age_seconds=0)
    lake.silver()
    lake.gold()
    maintained(lake)
    assert "Contents" not in lake.s3.list_objects_v2(Bucket=lake.settings.lake_bucket, Prefix=key)


def test_athena_refuses_to_vacuum_what_is_no_iceberg_table(lake: LakeHarness) -> None:
    with pytest.raises(StatementFailed, match="TABLE_NOT_FOUND"):
        LakeAthena(lake).jobs.run("VACUUM no_such_table")


@pytest.mark.long
def test_200_small_deliveries_answer_the_same_from_few_files(lake: LakeHarness) -> None:
    deliver(lake, 200, events_each=3)
    keep_no_snapshots(lake)
    athena = LakeAthena(lake)
    questions = (
        EVERY_ROW,
        "SELECT category, SUM(amount) AS revenue FROM gold_daily_sales GROUP BY category",
        "SELECT sku, COUNT(*), SUM(amount) FROM silver_order_lines GROUP BY sku ORDER BY sku",
    )
    before = [athena.rows(question) for question in questions]
    first = maintained(lake)
    lake.silver()
    lake.gold()
    second = maintained(lake)
    root = of(first, ROOT)
    assert root.before.files == 200
    assert root.after.files == len({row["occurred_at"].strftime("%Y-%m") for row in lake.rows(ROOT)})
    before_objects, after_objects = of(first, ROOT).before.objects, of(second, ROOT).after.objects
    print(f"objects {before_objects} → {after_objects}, files {root.before.files} → {root.after.files}")
    assert after_objects * 5 < before_objects
    assert [athena.rows(question) for question in questions] == before

"""A backfill makes from bronze what the runs made, while readers see whole tables only."""

import dataclasses
import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from glue import backfill, gold, silver
from glue.backfill import BackfillRequest, from_arguments
from glue.engines import Engine
from glue.errors import BackfillWouldLose, SettingsError
from glue.lake import Lake
from glue.tables import TableSpec, load_all
from tests.integration.lake.athena_client import LakeAthena
from tests.integration.lake.lake_harness import LakeHarness, event
from tests.integration.lake.test_exactly_once import longer

EVERYTHING = BackfillRequest()


def made_again(lake: LakeHarness, request: BackfillRequest = EVERYTHING) -> None:
    tables = Lake(lake.catalog, lake.settings, pause=lambda _: None)
    specs = load_all()

    def engine_with(changed: Mapping[str, TableSpec]) -> Engine:
        engine = lake.engine()
        engine._specs = changed
        return engine

    if request.covers(backfill.ROOT):
        backfill.replace_root(request, tables, lake.bronze, specs, lake.settings, engine_with)
    backfill.prepare(request, tables, specs, (*silver.DERIVED, *gold.DERIVED))
    lake.silver()
    lake.gold()


def fill(lake: LakeHarness) -> None:
    """Three months of events, in four runs, with copies, a late object and an event that was replaced."""
    month = 24 * 31
    lake.put([event(number) for number in (1, 2, 3, month, month + 1)], "a")
    lake.silver()
    lake.put([event(number) for number in (3, 2 * month, 2 * month + 1)], "b")
    lake.silver()
    lake.put([longer(2), event(month + 1), event(5)], "c", hour="2025-12-31-00")
    lake.silver()
    lake.gold()


def wreck(lake: LakeHarness, table: str) -> None:
    """Every row of a table goes, as a faulty program would do it."""
    lake.catalog.load_table((lake.settings.database, table)).delete()


def test_a_backfill_of_everything_gives_what_the_runs_gave(lake: LakeHarness) -> None:
    fill(lake)
    before = lake.content()
    made_again(lake)
    assert lake.content() == before


def test_a_backfill_of_days_makes_their_months_again_and_leaves_the_others(lake: LakeHarness) -> None:
    fill(lake)
    before = lake.content()
    root = lake.catalog.load_table((lake.settings.database, backfill.ROOT))
    files = {task.file.file_path: task.file.partition[0] for task in root.scan().plan_files()}
    made_again(lake, BackfillRequest(first=date(2026, 2, 3), last=date(2026, 2, 4)))
    kept = {task.file.file_path for task in root.refresh().scan().plan_files()} & set(files)
    assert {files[path] for path in files if path not in kept} == {(2026 - 1970) * 12 + 1}
    assert lake.content() == before


def test_tables_that_lost_their_rows_get_them_back(lake: LakeHarness) -> None:
    fill(lake)
    before = lake.content()
    for table in (backfill.ROOT, "silver_order_lines", "gold_daily_sales"):
        wreck(lake, table)
    made_again(lake)
    assert lake.content() == before


def test_only_the_tables_that_were_named_are_made_again(lake: LakeHarness) -> None:
    fill(lake)
    before = lake.versions()
    made_again(lake, BackfillRequest(tables=frozenset({"gold_daily_sales"})))
    changed = {table for table, version in lake.versions().items() if version != before[table]}
    assert changed <= {"gold_daily_sales", "gold_inventory"}
    assert "gold_daily_sales" in changed


def test_a_root_that_bronze_can_no_longer_make_is_kept(lake: LakeHarness) -> None:
    fill(lake)
    before = lake.content()
    for item in lake.bronze.everything()[1:]:
        lake.s3.delete_object(Bucket=lake.settings.lake_bucket, Key=item.key)
    with pytest.raises(BackfillWouldLose):
        made_again(lake)
    assert lake.content() == before
    made_again(lake, dataclasses.replace(EVERYTHING, may_lose=True))
    assert len(lake.ids()) < len(before[backfill.ROOT])


def test_no_scratch_table_is_left_in_the_catalogue(lake: LakeHarness) -> None:
    fill(lake)
    made_again(lake)
    names = {name for _, name in lake.catalog.list_tables(lake.settings.database)}
    assert not [name for name in names if name.endswith("_backfill")]


def test_who_reads_all_the_while_sees_whole_tables(lake: LakeHarness) -> None:
    fill(lake)
    athena = LakeAthena(lake)
    questions = {
        "root": f"SELECT COUNT(*), COUNT(DISTINCT event_id) FROM {backfill.ROOT}",
        "lines": "SELECT COUNT(*), SUM(amount) FROM silver_order_lines",
        "sales": "SELECT SUM(orders), SUM(amount) FROM gold_daily_sales",
    }
    expected = {name: athena.rows(question) for name, question in questions.items()}
    seen: list[tuple[str, Any]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.extend((name, athena.rows(question)) for name, question in questions.items())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        made_again(lake)
    finally:
        done.set()
        reader.join()
    assert len(seen) >= len(questions)
    assert {str(pair) for pair in seen} == {str(pair) for pair in expected.items()}


def test_a_job_without_the_argument_makes_nothing_again() -> None:
    assert from_arguments(["--stack-parameter", "p", "--job-bookmark-option", "x"]) is None


def test_a_request_is_read_from_the_arguments_of_a_job() -> None:
    request = from_arguments(["--backfill-tables", "a, b", "--backfill-from", "2026-01-31", "--other", "x"])
    assert request == BackfillRequest(frozenset({"a", "b"}), date(2026, 1, 31), None)


@pytest.mark.parametrize("days", [("2026-02-01", "2026-01-01"), ("yesterday", "2026-01-01")])
def test_days_that_make_no_range_are_refused(days: tuple[str, str]) -> None:
    with pytest.raises(SettingsError):
        from_arguments(["--backfill-tables", "all", "--backfill-from", days[0], "--backfill-to", days[1]])

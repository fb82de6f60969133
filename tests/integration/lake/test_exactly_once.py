"""Every event is in silver once, whatever is delivered twice, runs at once or is killed."""

import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from glue.bronze import Bronze, Consumed
from glue.errors import CommitsExhausted
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import Event, InterruptedCatalog, LakeHarness, event


class Killed(Exception):
    """Stands for SIGKILL."""


class KilledBeforeCheckpoint(Bronze):
    def record(self, run: str, consumed: Sequence[Consumed]) -> None:
        raise Killed


class CountedCheckpoints(Bronze):
    """Remembers whose checkpoints were written, and how many objects each names."""

    def __init__(self, lake: LakeHarness) -> None:
        super().__init__(lake.s3, lake.settings)
        self.written: list[Counter[str]] = []

    def record(self, run: str, consumed: Sequence[Consumed]) -> None:
        self.written.append(Counter(entry.item.arrival_hour for entry in consumed))
        super().record(run, consumed)


def events(first: int, last: int) -> list[Event]:
    return [event(number) for number in range(first, last)]


def ids(rows: Sequence[Event]) -> list[str]:
    return sorted(row["event_id"] for row in rows)


def test_copies_are_counted_and_inserted_once(lake: LakeHarness) -> None:
    lake.put([*events(0, 60), event(3)], "a")
    lake.put(events(50, 100), "b")
    result = lake.silver()
    assert (result.objects, result.rows, result.inserted, result.duplicates) == (2, 111, 100, 11)
    assert lake.ids() == ids(events(0, 100))
    assert len(lake.rows("silver_order_lines")) == 200


def test_a_second_run_finds_nothing_and_commits_nothing(lake: LakeHarness) -> None:
    lake.put(events(0, 10), "a")
    lake.silver()
    lake.gold()
    before = lake.versions()
    result = lake.silver()
    derived = lake.gold()
    assert (result.objects, result.rows) == (0, 0)
    assert {table.outcome for table in (*result.tables, *derived)} == {"unchanged"}
    assert lake.versions() == before


def test_a_redelivery_in_another_object_changes_nothing(lake: LakeHarness) -> None:
    lake.put(events(0, 10), "a")
    lake.silver()
    lake.gold()
    before = lake.versions()
    lake.put(events(0, 10), "again")
    result = lake.silver()
    lake.gold()
    assert (result.objects, result.inserted, result.duplicates) == (1, 0, 10)
    assert lake.versions() == before


def test_a_chunk_writes_the_checkpoints_of_its_own_hours_whole(make_lake: MakeLake) -> None:
    lake = make_lake(chunk_bytes=1)
    for number, hour in enumerate(("2026-01-01-10", "2026-01-01-11", "2026-01-01-11")):
        lake.put(events(number, number + 1), f"{number}", hour)
    bronze = CountedCheckpoints(lake)
    lake.silver(bronze=bronze)
    assert bronze.written == [{"2026-01-01-10": 1}, {"2026-01-01-11": 1}, {"2026-01-01-11": 2}]
    assert len(lake.bronze.consumed()) == 3


def test_an_object_that_comes_hours_late_is_found(lake: LakeHarness) -> None:
    lake.put(events(0, 5), "a", hour="2026-01-01-12")
    lake.silver()
    lake.put(events(5, 9), "late", hour="2025-12-30-12")
    assert lake.silver().inserted == 4


def test_a_job_killed_between_rows_and_checkpoint_is_made_good_by_the_next(lake: LakeHarness) -> None:
    lake.put(events(0, 20), "a")
    with pytest.raises(Killed):
        lake.silver(bronze=KilledBeforeCheckpoint(lake.s3, lake.settings))
    assert lake.ids() == ids(events(0, 20))
    result = lake.silver()
    assert (result.inserted, result.duplicates) == (0, 20)
    assert lake.ids() == ids(events(0, 20))
    assert len(lake.rows("silver_order_lines")) == 40


@pytest.mark.parametrize("table", ["silver_order_events", "silver_order_lines"])
def test_two_jobs_at_once_insert_every_row_once(lake: LakeHarness, table: str) -> None:
    lake.put(events(0, 20), "a")
    lake.put([event(900, {"sku": "s", "kind": "count", "quantity": 3}, event_type="stock_adjusted")], "b")
    catalog = InterruptedCatalog(lake.catalog, table, lake.silver)
    lake.silver(catalog)  # type: ignore[arg-type]
    assert catalog.has_interrupted
    assert lake.ids() == ids([*events(0, 20), event(900)])
    assert len(lake.rows("silver_order_lines")) == 40
    assert len(lake.rows("silver_stock_movements")) == 1


def test_a_job_that_loses_against_other_rows_keeps_them(lake: LakeHarness) -> None:
    lake.put(events(0, 10), "a")
    lake.silver()
    lake.put(events(10, 20), "b")

    def other() -> None:
        lake.put(events(20, 30), "c")
        lake.silver()

    lake.silver(InterruptedCatalog(lake.catalog, "silver_order_events", other))  # type: ignore[arg-type]
    lake.silver()
    assert lake.ids() == ids(events(0, 30))


def test_a_job_that_always_loses_says_so_and_writes_nothing(make_lake: MakeLake) -> None:
    lake = make_lake(commit_attempts=1)
    lake.put(events(0, 10), "a")
    with pytest.raises(CommitsExhausted):
        lake.silver(
            InterruptedCatalog(lake.catalog, "silver_order_events", lake.silver)  # type: ignore[arg-type]
        )
    assert lake.ids() == ids(events(0, 10))


def test_objects_that_cannot_be_read_are_set_aside_once_and_the_rest_goes_on(lake: LakeHarness) -> None:
    lake.put(events(0, 10), "good")
    lake.put_bytes(b"", "empty")
    lake.put_bytes(b"not parquet at all", "foreign")
    good = lake.s3.get_object(
        Bucket=lake.settings.lake_bucket, Key="bronze/order_events/arrival_hour=2026-01-01-00/good"
    )["Body"].read()
    lake.put_bytes(good[: len(good) // 2], "truncated")
    result = lake.silver()
    names = {key.rsplit("/", 1)[1] for key in result.unreadable}
    assert (names, result.inserted) == ({"empty", "foreign", "truncated"}, 10)
    assert lake.silver().objects == 0


def test_malformed_rows_are_counted_and_the_rest_goes_on(lake: LakeHarness) -> None:
    lake.put([*events(0, 3), event(3, payload=None) | {"payload": "{"}, event(4) | {"payload": "[]"}], "a")
    result = lake.silver()
    assert (result.rows, result.inserted, result.malformed, result.duplicates) == (5, 3, 2, 0)


@pytest.mark.parametrize(
    "lines",
    [
        "none",
        {"quantity": 1},
        [5],
        [{"quantity": 1, "unit_price": "dear"}],
        [{"quantity": 10**30, "unit_price": "1"}],
        [{"quantity": 1, "unit_price": "1e400"}],
    ],
)
@pytest.mark.parametrize("kind", ["order_shipped", "something_new"])
def test_lines_of_an_event_that_has_none_may_be_anything(lake: LakeHarness, kind: str, lines: object) -> None:
    strange = event(1, {"order_id": "o1", "lines": lines}, event_type=kind)
    lake.put([event(0), strange], "a")
    assert (lake.silver().inserted, lake.ids()) == (2, ids([event(0), strange]))
    assert {row["event_type"]: row["amount"] for row in lake.rows("silver_order_events")} == {
        "order_placed": Decimal("5.0000"),
        kind: None,
    }


def longer(number: int) -> Event:
    payload: dict[str, Any] = json.loads(event(number)["payload"])
    payload["lines"].append({**payload["lines"][0], "line_number": 3})
    return event(number, payload)


def test_a_stored_event_gives_way_to_a_copy_that_wins_and_is_reported(lake: LakeHarness) -> None:
    lake.put(events(0, 10), "a")
    lake.silver()
    lake.gold()
    lake.put([longer(3)], "b")
    result = lake.silver()
    lake.gold()
    assert (result.replaced, result.conflicts) == (1, (event(3)["event_id"],))
    assert lake.ids() == ids(events(0, 10))
    assert len(lake.rows("silver_order_lines")) == 21
    assert sum(row["units"] for row in lake.rows("gold_daily_sales")) == 42


def test_a_copy_that_loses_changes_nothing_and_is_reported(lake: LakeHarness) -> None:
    lake.put([longer(3)], "a")
    lake.silver()
    before = lake.ids()
    lake.put([event(3)], "b")
    result = lake.silver()
    assert (result.replaced, len(result.conflicts)) == (0, 1)
    assert lake.ids() == before
    assert len(lake.rows("silver_order_lines")) == 3


@pytest.mark.parametrize("shift_days", [-40, 1])
def test_an_id_that_comes_again_on_another_day_is_a_conflict_and_stays_one_row(
    lake: LakeHarness, shift_days: int
) -> None:
    lake.put(events(0, 100), "a")
    lake.silver()
    lake.gold()
    elsewhere = longer(3) | {"occurred_at": event(3)["occurred_at"] + shift_days * 86_400_000_000}
    lake.put([elsewhere, *events(100, 110)], "b")
    result = lake.silver()
    lake.gold()
    assert (result.inserted, result.replaced, result.conflicts) == (10, 1, (event(3)["event_id"],))
    assert lake.ids() == ids(events(0, 110))
    assert len(lake.rows("silver_order_lines")) == 221
    assert sum(row["units"] for row in lake.rows("gold_daily_sales")) == 442


def test_a_copy_for_another_day_that_loses_changes_nothing_and_is_reported(lake: LakeHarness) -> None:
    lake.put([longer(3)], "a")
    lake.silver()
    before = lake.rows("silver_order_events")
    lake.put([event(3) | {"occurred_at": 0}], "b")
    result = lake.silver()
    assert (result.inserted, result.replaced, result.conflicts) == (0, 0, (event(3)["event_id"],))
    assert lake.rows("silver_order_events") == before

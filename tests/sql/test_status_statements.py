"""What the statements of `orderlake status` answer, as DuckDB reads Athena's dialect."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlglot

import sql
from tests.sql.test_analytics_cases import BANNED, answer, schema
from tests.sql.test_sql_cases import arrow

NOW = datetime.now(UTC)
THIS_HOUR = NOW.replace(minute=0, second=0, microsecond=0)


def measured(minutes_ago: int, **other: object) -> dict[str, object]:
    return {
        "run": f"run-{minutes_ago}",
        "ledger": "stream",
        "party": "shard-0",
        "hour": THIS_HOUR.isoformat(),
        "expected": 10,
        "found": 10,
        "in_flight": 0,
        "missing": 0,
        "given_up": 0,
        "delivery_failed": 0,
        "balanced": True,
        "measured_at": (NOW - timedelta(minutes=minutes_ago)).isoformat(),
        **other,
    }


def ledgers(*rows: dict[str, object]) -> list[dict[str, object]]:
    history = arrow(list(rows), schema("ledger_history"))
    found: list[dict[str, object]] = answer(
        sql.text("status/ledgers.sql"), {"ledger_history": history}
    ).to_pylist()
    return found


@pytest.mark.parametrize("name", sql.names("status"))
def test_it_keeps_to_the_portable_subset_and_orders_its_answer(name: str) -> None:
    statement = sqlglot.parse_one(sql.text(f"status/{name}.sql"), read="athena")

    assert not list(statement.find_all(*BANNED))
    assert statement.args.get("order") is not None


def test_a_part_that_was_measured_again_counts_as_it_is_now() -> None:
    late = measured(90, found=8, missing=2, balanced=False)

    (row,) = ledgers(late, measured(30))

    assert (row["expected"], row["found"], row["missing"], row["unbalanced"]) == (10, 10, 0, 0)


def test_shards_and_hours_are_added_up_and_ledgers_are_not() -> None:
    rows = [
        measured(30),
        measured(30, party="shard-1", given_up=1, delivery_failed=2),
        measured(30, hour=(THIS_HOUR - timedelta(hours=1)).isoformat(), missing=3, balanced=False),
        measured(30, ledger="producer", party="run-a", expected=7),
    ]

    producer, stream = ledgers(*rows)

    assert (producer["ledger"], producer["expected"]) == ("producer", 7)
    assert (stream["expected"], stream["failed"], stream["missing"], stream["unbalanced"]) == (30, 3, 3, 1)


def test_a_producers_run_counts_once_whatever_hour_it_was_measured_in() -> None:
    before = measured(90, ledger="producer", hour=(THIS_HOUR - timedelta(hours=2)).isoformat(), expected=4)

    (row,) = ledgers(before, measured(30, ledger="producer", expected=7))

    assert row["expected"] == 7


def test_what_each_run_took_from_bronze_is_added_up() -> None:
    first = measured(90, ledger="silver", silver=8, duplicates=2)

    (row,) = ledgers(first, measured(30, ledger="silver", silver=3, duplicates=7))

    assert (row["expected"], row["found"], row["duplicates"]) == (20, 20, 9)


def test_what_was_measured_over_a_day_ago_is_left_out() -> None:
    assert ledgers(measured(25 * 60)) == []

"""Views and questions on the embedded Athena: what is live, what is read for it, and that all of them run."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import sql
from glue.tables import load
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.firehose_tables import describe
from tests.integration.lake.lake_harness import Event, LakeHarness, event
from tests.integration.local.athena_client import Answer, ask


def now() -> datetime:
    return datetime.now(UTC)


def hour(at: datetime) -> str:
    return f"{at:%Y-%m-%d-%H}"


def at(moment: datetime, rows: Sequence[Event]) -> list[Event]:
    return [{**row, "occurred_at": int(moment.timestamp() * 1_000_000)} for row in rows]


def paid(number: int, amount: str) -> Event:
    payload: dict[str, Any] = {"order_id": f"o{number}", "amount": amount, "currency": "GBP"}
    return event(number, payload, event_id=f"paid {number}", event_type="order_paid")


def answer(lake: LakeHarness, statement: str) -> Answer:
    found = ask(lake.aws, statement, lake.settings.database)
    assert found.state == "SUCCEEDED", found.reason
    return found


def publish(lake: LakeHarness) -> None:
    for view in sql.views():
        answer(lake, sql.view(view))


@pytest.fixture
def live(make_lake: MakeLake) -> LakeHarness:
    """A lake of which silver has ten events, and bronze five of them again and three more."""
    lake = make_lake()
    for table in ("bronze_order_events", "quarantine_events"):
        describe(lake.aws, lake.settings.database, lake.settings.lake_bucket, load(table))
    before = now() - timedelta(minutes=30)
    rows = at(before, [event(number) for number in range(10)])
    lake.put(rows, "a", hour(now()))
    lake.silver()
    lake.gold()
    fresh = at(before, [event(20), paid(20, "5.00"), paid(3, "2.5")])
    lake.put([*rows[:5], *fresh, *fresh], "b", hour(now()))
    publish(lake)
    return lake


def test_an_event_is_live_once_before_silver_has_it_and_then_not_live(live: LakeHarness) -> None:
    counts = "SELECT is_live, count(*), count(DISTINCT event_id) FROM live_order_events GROUP BY 1 ORDER BY 1"
    assert answer(live, counts).rows == [("false", "10", "10"), ("true", "3", "3")]
    live.silver()
    assert answer(live, counts).rows == [("false", "13", "13")]


def test_live_events_are_read_as_silver_reads_them(live: LakeHarness) -> None:
    columns = "event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload"
    statement = f"SELECT {columns} FROM live_order_events ORDER BY event_id"
    before = answer(live, statement).rows
    live.silver()
    assert answer(live, statement).rows == before


def test_hours_that_are_past_are_not_read(live: LakeHarness) -> None:
    statement = "SELECT count(*) FROM live_order_events"
    before = answer(live, statement)
    live.put([event(number) for number in range(1000, 3000)], "old", hour(now() - timedelta(hours=8)))
    after = answer(live, statement)
    assert (after.rows, after.scanned) == (before.rows, before.scanned)


def test_the_sales_of_the_last_hour_count_what_silver_does_not_have_yet(live: LakeHarness) -> None:
    assert answer(live, "SELECT * FROM live_sales_last_hour").rows == [("GBP", "11", "2", "7.5000")]


def test_customers_of_one_value_share_a_decile(live: LakeHarness) -> None:
    rows = answer(live, "SELECT customer_id, value_rank, value_decile FROM customer_value_deciles").rows
    assert {(rank, decile) for _, rank, decile in rows} == {("1", "1")}


def test_every_question_has_an_answer_in_athena(live: LakeHarness) -> None:
    live.put_bytes(b"", "empty", hour(now()))
    bad = {**event(50), "payload": json.dumps({"order_id": "o50"}), "arrived_at": 1}
    live.put(at(now(), [bad]), "bad", hour(now()))
    live.silver()
    live.gold()
    answers = {
        name: answer(live, re.sub(r'"ecommerce_analytics_db"\.', "", text)).rows
        for name, text in sql.questions().items()
    }
    assert {row[0] for row in answers["quarantine_by_reason"]} == {"unreadable_object", "unreadable_row"}
    without = {name for name, rows in answers.items() if not rows}
    # These have rows only where something is wrong.
    assert without <= {"low_stock", "producer_sequence_gaps", "failed_checks", "ledger_differences"}


def test_the_audit_counts_what_was_set_aside_once_and_finds_gold_equal_to_silver(live: LakeHarness) -> None:
    bad = event(50, {"order_id": "o50"}, sequence_number="50")
    live.put(at(now(), [bad]), "bad", hour(now()))
    live.silver()
    live.gold()
    (silver,) = answer(live, sql.text("audit/through_silver.sql")).rows
    (gold,) = answer(live, sql.text("audit/through_gold.sql")).rows
    assert silver[3:] == ("0", "0", "0")
    assert set(gold) == {"0"}

"""Checks before publishing, reports of conflicts, and what silver sets aside in quarantine."""

import gzip
import json
from typing import Any

import pytest

import sql
from glue.errors import ChecksFailed
from tests.integration.lake.lake_harness import Event, LakeHarness, event

LINE = {"line_number": 1, "sku": "s", "quantity": 1, "unit_price": "1"}
ORDER: dict[str, Any] = {"order_id": "o", "country": "UK", "currency": "GBP", "lines": [LINE]}
UNSOUND: list[tuple[str, dict[str, Any]]] = [
    ("order_placed", {**ORDER, "lines": [LINE, {**LINE, "unit_price": "cheap"}]}),
    ("order_placed", {**ORDER, "lines": [LINE, {**LINE, "sku": None}]}),
    ("order_placed", {**ORDER, "lines": [{**LINE, "quantity": 2**40}]}),
    ("order_placed", {**ORDER, "lines": []}),
    ("order_placed", {**ORDER, "currency": None}),
    ("order_returned", {**ORDER, "lines": "none"}),
    ("order_paid", {"order_id": "o", "amount": "NaN", "currency": "GBP"}),
    ("order_shipped", {"order_id": None}),
    ("stock_adjusted", {"sku": "s", "kind": "guess", "quantity": 1}),
]


def quarantined(lake: LakeHarness) -> list[dict[str, Any]]:
    found = lake.s3.list_objects_v2(Bucket=lake.settings.lake_bucket, Prefix="quarantine/events/")
    bodies = [
        lake.s3.get_object(Bucket=lake.settings.lake_bucket, Key=item["Key"])["Body"].read()
        for item in found.get("Contents", [])
    ]
    return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]


def judged(lake: LakeHarness) -> dict[tuple[str, str], int]:
    return {(row["table_name"], row["check_name"]): row["failing_rows"] for row in lake.rows("check_results")}


def broken_check(monkeypatch: pytest.MonkeyPatch, table: str, statement: str) -> None:
    kept = sql.checks
    text = f"-- fail nothing_is_published: a test refuses it\n{statement}"
    monkeypatch.setattr(sql, "checks", lambda name: text if name == table else kept(name))


def test_rows_that_tables_cannot_be_made_of_go_to_quarantine_and_the_rest_goes_on(lake: LakeHarness) -> None:
    rows: list[Event] = [
        event(number, payload, event_type=kind, sequence_number=str(number))
        for number, (kind, payload) in enumerate(UNSOUND)
    ]
    too_late = event(90, occurred_at=2**62)
    lake.put([*rows, too_late, event(100)], "a")
    result = lake.silver()
    assert (result.inserted, result.malformed, result.set_aside) == (1, len(rows) + 1, len(rows) + 1)
    found = quarantined(lake)
    assert {row["reason"] for row in found} == {"unreadable_row"}
    assert sorted(row["event_id"] for row in found) == sorted(row["event_id"] for row in [*rows, too_late])
    assert len({row["quarantine_id"] for row in found}) == len(rows) + 1


def test_an_object_that_cannot_be_read_has_one_row_in_quarantine_however_often_it_is_seen(
    lake: LakeHarness,
) -> None:
    lake.put_bytes(b"not parquet at all", "foreign")
    lake.silver()
    for found in lake.s3.list_objects_v2(Bucket=lake.settings.lake_bucket, Prefix="checkpoints/")["Contents"]:
        lake.s3.delete_object(Bucket=lake.settings.lake_bucket, Key=found["Key"])
    lake.silver()
    (row,) = quarantined(lake)
    assert (row["reason"], row["raw_size"]) == ("unreadable_object", 18)
    assert row["raw_pointer"].endswith("/foreign")


def test_what_was_checked_can_be_queried(lake: LakeHarness) -> None:
    free = {**ORDER, "lines": [{**LINE, "unit_price": "0"}]}
    lake.put([event(1), event(2, free)], "a")
    result = lake.silver()
    found = judged(lake)
    assert found["silver_order_lines", "sale_has_a_price"] == 1
    assert found["silver_order_events", "event_is_new_once"] == 0
    assert result.warnings == (
        {"table": "silver_order_lines", "check": "sale_has_a_price", "failing_rows": 1},
    )


def test_a_table_that_fails_stays_as_it_was_and_the_others_go_on(
    lake: LakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put([event(1)], "a")
    lake.silver()
    lines = lake.rows("silver_order_lines")
    lake.put([event(2)], "b")
    with monkeypatch.context() as patch:
        broken_check(patch, "silver_order_lines", "SELECT event_id FROM published")
        with pytest.raises(ChecksFailed, match=r"silver_order_lines was not published: nothing_is_published"):
            lake.silver()
    assert lake.rows("silver_order_lines") == lines
    assert [row["order_id"] for row in lake.rows("silver_orders")] == ["o1", "o2"]
    assert judged(lake)["silver_order_lines", "nothing_is_published"] == 2
    lake.silver()
    assert len(lake.rows("silver_order_lines")) == 4


def test_events_that_fail_are_not_published_and_come_again(
    lake: LakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put([event(1)], "a")
    with monkeypatch.context() as patch:
        broken_check(patch, "silver_order_events", "SELECT event_id FROM published")
        with pytest.raises(ChecksFailed):
            lake.silver()
    assert lake.ids() == []
    assert lake.silver().inserted == 1


def test_conflicts_can_be_queried(lake: LakeHarness) -> None:
    lake.put([event(3)], "a")
    lake.silver()
    lake.put([event(3, {**ORDER, "order_id": "other"})], "b")
    lake.silver()
    (row,) = lake.rows("silver_event_conflicts")
    assert (row["run"], row["event_id"]) == ("run2", event(3)["event_id"])

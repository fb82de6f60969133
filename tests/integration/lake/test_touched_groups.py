"""Groups that new events touch are made anew, be their rows few enough to be kept in memory or not."""

import json
import uuid

import pytest

from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import Event, event

FEW, MANY = 100_000, 3  # rows that are kept at once


def later(order: int) -> Event:
    """Another line for an order, customer and day that are known."""
    payload = json.loads(event(order)["payload"])
    return event(order, {**payload, "order_id": f"o{order}-2"}, event_id=str(uuid.UUID(int=5_000 + order)))


@pytest.mark.parametrize("rows_at_once", [FEW, MANY], ids=["kept", "cut"])
def test_new_events_in_old_groups_give_what_a_build_of_all_gives(
    make_lake: MakeLake, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    before, after = [event(number) for number in range(60)], [later(number) for number in range(0, 60, 7)]
    at_once = make_lake()
    at_once.put([*before, *after], "all")
    at_once.silver()
    at_once.gold()

    monkeypatch.setattr("glue.engines.derivation._ROWS_AT_ONCE", rows_at_once)
    lake = make_lake()
    for name, events in (("first", before), ("second", after)):
        lake.put(events, name)
        lake.silver()
        outcomes = {derived.table: derived.outcome for derived in lake.gold()}

    assert outcomes["gold_daily_sales"] == outcomes["gold_customer_value"] == "updated"
    assert lake.content() == at_once.content()


def test_orders_of_nobody_known_touch_no_customer(make_lake: MakeLake) -> None:
    payload = {**json.loads(event(1)["payload"]), "order_id": "o-nobody", "customer_id": None}
    lake = make_lake()
    lake.put([event(number) for number in range(5)], "known")
    lake.silver()
    lake.gold()
    before = lake.rows("gold_customer_value")

    lake.put([event(1, payload, event_id=str(uuid.UUID(int=9_000)))], "unknown")
    lake.silver()
    derived = {one.table: one for one in lake.gold()}

    assert (derived["gold_customer_value"].outcome, derived["gold_customer_value"].rows) == ("updated", 0)
    assert lake.rows("gold_customer_value") == before
    assert derived["gold_daily_sales"].rows > 0

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.contract import (
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderReturned,
    StockAdjusted,
    decode,
    encode,
)
from producer.draft import EventDraft, Numberer, draft_of
from producer.simulator import ShopSettings, simulate

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def shop(count: int, **changes: Any) -> list[EventDraft]:
    options: dict[str, Any] = {"seed": 7, "start": START, "events_per_second": 50.0, "customers": 300}
    return list(islice(simulate(ShopSettings(**(options | changes))), count))


def as_events(drafts: list[EventDraft]) -> list[OrderEvent]:
    numberer = Numberer("run-1")
    return [decode(numberer.number(draft)[1]) for draft in drafts]


@pytest.fixture(scope="module")
def events() -> list[OrderEvent]:
    return as_events(shop(20_000, life_speed=5_000))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_every_simulated_event_is_as_the_contract_writes_it(seed: int) -> None:
    numberer = Numberer("run-1")
    for draft in shop(300, seed=seed, life_speed=100_000, returned_share=0.5):
        _, document = numberer.number(draft)
        assert encode(decode(document)) == document


def test_the_same_seed_and_start_give_the_same_events() -> None:
    assert shop(2_000) == shop(2_000)


@pytest.mark.parametrize("changes", [{"seed": 8}, {"start": START + timedelta(seconds=1)}])
def test_another_seed_or_start_gives_other_orders(changes: dict[str, Any]) -> None:
    orders = {draft.partition_key for draft in shop(500) if draft.event_type == "order_placed"}
    others = {draft.partition_key for draft in shop(500, **changes) if draft.event_type == "order_placed"}
    assert orders.isdisjoint(others)


def test_event_ids_never_repeat(events: list[OrderEvent]) -> None:
    assert len({event.event_id for event in events}) == len(events)


def test_events_happen_at_the_rate_asked_for(events: list[OrderEvent]) -> None:
    assert [event.occurred_at for event in events[:3]] == [
        START + timedelta(milliseconds=20 * place) for place in range(3)
    ]
    assert events[-1].occurred_at == START + timedelta(milliseconds=20 * 19_999)


def test_every_kind_of_simulated_event_comes_about(events: list[OrderEvent]) -> None:
    assert {event.event_type for event in events} == {
        "order_placed",
        "order_paid",
        "order_shipped",
        "order_delivered",
        "order_cancelled",
        "order_returned",
        "stock_adjusted",
    }


def test_an_order_moves_on_in_its_order_and_is_paid_what_its_lines_cost(events: list[OrderEvent]) -> None:
    steps: defaultdict[str, list[str]] = defaultdict(list)
    totals: dict[str, Decimal] = {}
    for event in events:
        if isinstance(event, OrderPlaced):
            totals[event.payload.order_id] = sum(
                (line.quantity * line.unit_price for line in event.payload.lines), Decimal()
            )
        if isinstance(event, OrderPaid):
            assert event.payload.amount == totals[event.payload.order_id]
        if not isinstance(event, StockAdjusted | OrderReturned):
            steps[event.payload.partition_key()].append(event.event_type)
    life = ["order_placed", "order_paid", "order_shipped", "order_delivered"]
    assert all(seen in (life[: len(seen)], ["order_placed", "order_cancelled"]) for seen in steps.values())


def test_a_return_is_a_part_of_its_order_at_its_prices(events: list[OrderEvent]) -> None:
    orders = {e.payload.order_id: e.payload for e in events if isinstance(e, OrderPlaced)}
    returns = [e.payload for e in events if isinstance(e, OrderReturned)]
    for returned in returns:
        bought = {line.sku: line for line in orders[str(returned.original_order_id)].lines}
        for line in returned.lines:
            assert line.unit_price == bought[line.sku].unit_price
            assert 0 < -line.quantity <= bought[line.sku].quantity


def test_nothing_is_sold_that_is_not_in_stock(events: list[OrderEvent]) -> None:
    stock: dict[str, int] = {}
    lines: dict[str, dict[str, int]] = {}
    for event in events:
        if isinstance(event, StockAdjusted):
            assert (event.payload.kind == "count") == (event.payload.sku not in stock)
            stock[event.payload.sku] = stock.get(event.payload.sku, 0) + event.payload.quantity
        elif isinstance(event, OrderPlaced | OrderReturned):
            lines[event.payload.order_id] = {line.sku: line.quantity for line in event.payload.lines}
            for line in event.payload.lines:
                stock[line.sku] -= line.quantity
        elif isinstance(event, OrderCancelled):
            for sku, quantity in lines[event.payload.order_id].items():
                stock[sku] += quantity
    assert min(stock.values()) >= 0


def test_few_customers_buy_most(events: list[OrderEvent]) -> None:
    orders: defaultdict[str | None, int] = defaultdict(int)
    for event in events:
        if isinstance(event, OrderPlaced):
            orders[event.payload.customer_id] += 1
    guests = orders.pop(None)
    counts = sorted(orders.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > sum(counts) * 0.3
    assert guests > 0


def test_the_orders_under_way_are_bounded() -> None:
    events = as_events(shop(5_000, life_speed=1, max_open_orders=50))
    placed = sum(event.event_type == "order_placed" for event in events)
    ended = sum(event.event_type in ("order_delivered", "order_cancelled") for event in events)
    returned = sum(event.event_type == "order_returned" for event in events)
    assert placed - ended <= 50
    assert returned > 0


def test_a_draft_made_of_an_event_is_that_event() -> None:
    for draft in shop(200):
        (event,) = as_events([draft])
        assert draft_of(event) == draft

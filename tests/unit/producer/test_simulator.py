import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.contract import (
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
from tests.shop_books import Books

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def shop(count: int, **changes: Any) -> list[EventDraft]:
    options: dict[str, Any] = {"seed": 7, "start": START, "events_per_second": 50.0, "customers": 300}
    return list(islice(simulate(ShopSettings(**(options | changes))), count))


def serialised(drafts: list[EventDraft]) -> list[bytes]:
    numberer = Numberer("run-1")
    return [numberer.number(draft)[1] for draft in drafts]


def as_events(drafts: list[EventDraft]) -> list[OrderEvent]:
    return [decode(document) for document in serialised(drafts)]


@pytest.fixture(scope="module")
def events() -> list[OrderEvent]:
    return as_events(shop(20_000, life_speed=5_000))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_every_simulated_event_is_as_the_contract_writes_it(seed: int) -> None:
    for document in serialised(shop(300, seed=seed, life_speed=100_000, returned_share=0.5)):
        assert encode(decode(document)) == document


def test_the_same_seed_and_start_give_the_same_events() -> None:
    assert shop(2_000) == shop(2_000)


def test_another_process_makes_the_same_events_byte_for_byte() -> None:
    code = (
        "import hashlib; from tests.unit.producer.test_simulator import shop, serialised; "
        "print(hashlib.sha256(b''.join(serialised(shop(3_000, rhythm=True)))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


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


def test_the_books_of_a_month_balance_from_the_events_alone() -> None:
    """No stock below 0, every stocktake finds what there must be, revenue is paid less refunded."""
    books = Books(
        as_events(shop(30_000, events_per_second=30_000 / (31 * 86_400), life_speed=1, rhythm=True))
    )
    assert books.stocktakes > 100
    assert books.refunded > 0 < books.cancelled
    assert books.revenue > 0
    assert books.unpaid < books.paid / 100


def test_the_shop_is_busy_by_day_and_quiet_by_night() -> None:
    drafts = shop(20_000, events_per_second=0.02, life_speed=1, rhythm=True)
    hours = [draft.occurred_at[11:13] for draft in drafts if draft.event_type == "order_placed"]
    by_hour = [hours.count(f"{hour:02d}") for hour in range(24)]
    assert min(by_hour[10:22]) > 4 * max(by_hour[1:5])
    assert min(by_hour) > 0


def test_events_come_in_the_order_in_which_they_happen() -> None:
    for rhythm in (False, True):
        moments = [
            datetime.fromisoformat(draft.occurred_at)
            for draft in shop(20_000, events_per_second=0.02, life_speed=1, rhythm=rhythm)
        ]
        assert all(before < after for before, after in pairwise(moments))


def test_with_its_rhythm_the_shop_keeps_its_rate_over_weeks() -> None:
    drafts = shop(20_000, events_per_second=0.01, life_speed=1, rhythm=True, campaigns=False)
    seconds = (
        datetime.fromisoformat(drafts[-1].occurred_at) - datetime.fromisoformat(drafts[0].occurred_at)
    ).total_seconds()
    assert seconds == pytest.approx(20_000 / 0.01, rel=0.1)


def test_things_that_go_together_are_bought_together() -> None:
    together: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    orders = 0
    for event in as_events(shop(20_000, campaigns=False)):
        if isinstance(event, OrderPlaced):
            orders += 1
            skus = [line.sku for line in event.payload.lines]
            alone.update(skus)
            together.update(pair for pair in combinations(sorted(skus), 2))
    lift = max(count * orders / (alone[a] * alone[b]) for (a, b), count in together.items() if count > 30)
    assert lift > 3


def test_a_campaign_lowers_prices_for_some_days() -> None:
    prices: defaultdict[str, set[Decimal]] = defaultdict(set)
    for event in as_events(shop(20_000, events_per_second=0.01, life_speed=1)):
        if isinstance(event, OrderPlaced):
            for line in event.payload.lines:
                prices[line.sku].add(line.unit_price)
    assert any(len(found) > 1 for found in prices.values())
    assert all(min(found) >= max(found) * Decimal("0.7") for found in prices.values())

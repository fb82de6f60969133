"""The order of arrival, the cuts between objects and runs, and repetition make no difference to any table."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import Event, event


def variants(number: int) -> list[Event]:
    """Three contents with one id, two of them of one length."""
    payload: dict[str, Any] = json.loads(event(number)["payload"])
    return [event(number, {**payload, "country": country}) for country in ("UK", "France", "Frence")]


def step(number: int, order: int, kind: str, hours: int, payload: dict[str, Any] | None = None) -> Event:
    """What happens to an order some hours after it was placed."""
    content = {"order_id": f"o{order}", **(payload or {})}
    return event(order + hours, content, event_id=str(uuid.UUID(int=number)), event_type=kind)


def stock(number: int, hours: int, kind: str, quantity: int) -> Event:
    content = {"sku": "s1", "kind": kind, "quantity": quantity}
    return event(hours, content, event_id=str(uuid.UUID(int=number)), event_type="stock_adjusted")


RETURN = {
    **json.loads(event(400)["payload"]),
    "order_id": "o400-R",
    "original_order_id": "o400",
    "lines": [{"line_number": 1, "sku": "s1", "quantity": -1, "unit_price": "1.25"}],
}
EVENTS = [
    *(event(number * 400) for number in range(4)),
    *variants(5),
    *variants(2000),
    step(9001, 400, "order_paid", 1, {"amount": "5.0", "currency": "GBP"}),
    step(9002, 400, "order_shipped", 20),
    step(9003, 400, "order_delivered", 60),
    step(9004, 400, "order_returned", 90, RETURN),
    step(9005, 800, "order_paid", 3, {"amount": "5.0", "currency": "GBP"}),
    step(9006, 800, "order_cancelled", 3),
    step(9007, 1200, "order_shipped", 7),
    stock(9101, 300, "count", 40),
    stock(9102, 500, "movement", 25),
    stock(9103, 450, "count", 30),
]


@pytest.fixture(scope="module")
def reference(make_lake: MakeLake) -> dict[str, list[dict[str, Any]]]:
    lake = make_lake()
    lake.put(EVENTS, "all")
    lake.silver()
    lake.gold()
    return lake.content()


def test_the_events_of_the_reference_reach_every_table(reference: dict[str, list[dict[str, Any]]]) -> None:
    assert all(reference.values())
    states = {row["state"] for row in reference["silver_orders"]}
    assert states == {"placed", "shipped", "cancelled", "returned"}
    (known,) = [row for row in reference["gold_inventory"] if row["stock_on_hand"] is not None]
    assert (known["sku"], known["stock_on_hand"]) == ("s1", 30 + 25 - 2 - 2 + 2 - 2 + 1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.permutations(EVENTS),
    repeated=st.lists(st.sampled_from(EVENTS), max_size=4),
    objects=st.integers(1, 4),
    portion_bytes=st.sampled_from([1, 1_000_000]),
    is_each_run_alone=st.booleans(),
)
def test_any_order_gives_the_same_tables(
    make_lake: MakeLake,
    reference: dict[str, list[dict[str, Any]]],
    rows: list[Event],
    repeated: list[Event],
    objects: int,
    portion_bytes: int,
    is_each_run_alone: bool,
) -> None:
    lake = make_lake(portion_bytes=portion_bytes)
    delivered = rows + repeated
    for number in range(objects):
        lake.put(delivered[number::objects], f"part{number}")
        if is_each_run_alone:
            lake.silver()
            lake.gold()
    lake.silver()
    lake.gold()
    assert lake.content() == reference

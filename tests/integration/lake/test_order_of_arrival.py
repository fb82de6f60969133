"""The order of arrival, the cuts between objects and runs, and repetition make no difference to any table."""

import json
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


EVENTS = [
    *(event(number * 400) for number in range(4)),
    *variants(5),
    *variants(2000),
    event(2000, {"sku": "s", "kind": "movement", "quantity": 1}, event_id="m", event_type="stock_adjusted"),
]


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.permutations(EVENTS),
    repeated=st.lists(st.sampled_from(EVENTS), max_size=4),
    objects=st.integers(1, 4),
    portion_bytes=st.sampled_from([1, 1_000_000]),
    is_each_run_alone=st.booleans(),
)
def test_any_order_gives_the_same_tables(
    make_lake: MakeLake,
    rows: list[Event],
    repeated: list[Event],
    objects: int,
    portion_bytes: int,
    is_each_run_alone: bool,
) -> None:
    reference = make_lake()
    reference.put(EVENTS, "all")
    reference.silver()
    reference.gold()
    lake = make_lake(portion_bytes=portion_bytes)
    delivered = rows + repeated
    for number in range(objects):
        lake.put(delivered[number::objects], f"part{number}")
        if is_each_run_alone:
            lake.silver()
            lake.gold()
    lake.silver()
    lake.gold()
    assert lake.content() == reference.content()

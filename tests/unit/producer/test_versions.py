"""Two versions of the contract at once: producers and consumers are not deployed in one moment."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from producer.contract import CURRENT_SCHEMA_VERSION, OrderCancelled, OrderPlaced, decode, encode
from producer.contract_document import schema
from producer.order_files import read_order_file
from producer.reading import VERSIONS, read
from producer.upcasting import STEPS, upcast
from tests.unit.producer.events import dumps, order_placed

ROOT = Path(__file__).parents[3]
VERSION_1 = Draft202012Validator(
    json.loads((ROOT / "docs/schemas/order-event.v1.schema.json").read_text(encoding="utf-8"))
)
VERSION_2 = Draft202012Validator(schema())

names = st.text(min_size=1, max_size=12)
money = st.from_regex(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", fullmatch=True)
lines = st.fixed_dictionaries(
    {"line_number": st.integers(1, 99), "sku": names, "quantity": st.integers(-9, 9), "unit_price": money},
    optional={"description": st.none() | st.text(max_size=9), "category": names},
)
with_lines = st.fixed_dictionaries(
    {
        "order_id": names,
        "country": names,
        "currency": st.just("GBP"),
        "lines": st.lists(lines, min_size=1, max_size=3),
    },
    optional={"customer_id": st.none() | names},
)
PAYLOADS_1: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "order_placed": with_lines,
    "order_returned": with_lines.flatmap(
        lambda payload: st.sampled_from([payload, {**payload, "original_order_id": "o-0"}])
    ),
    "order_adjusted": with_lines,
    "order_paid": st.fixed_dictionaries({"order_id": names, "amount": money, "currency": st.just("EUR")}),
    "order_shipped": st.fixed_dictionaries({"order_id": names}),
    "order_delivered": st.fixed_dictionaries({"order_id": names}),
    "order_cancelled": st.fixed_dictionaries({"order_id": names}, optional={"reason": st.none() | names}),
    "stock_adjusted": st.fixed_dictionaries(
        {"sku": names, "quantity": st.integers(-9, 9)}, optional={"kind": st.just("count")}
    ),
    "source_line_rejected": st.fixed_dictionaries(
        {"source": names, "line_number": st.integers(1, 9), "reason": names, "raw_line": st.text(max_size=9)}
    ),
}
events_1 = st.sampled_from(sorted(PAYLOADS_1)).flatmap(
    lambda event_type: PAYLOADS_1[event_type].map(
        lambda payload: order_placed(schema_version=1, event_type=event_type) | {"payload": payload}
    )
)


@given(events_1)
def test_an_old_producers_event_is_read_as_the_current_version(event: dict[str, Any]) -> None:
    assert VERSION_1.is_valid(event)
    version, lifted = read(dumps(event))
    assert (version, lifted["schema_version"]) == (1, CURRENT_SCHEMA_VERSION)
    again = orjson.loads(orjson.dumps(lifted))
    assert VERSION_2.is_valid(again)
    assert read(orjson.dumps(again)) == (2, lifted)


def test_a_version_1_order_gets_the_default_channel_and_equals_its_version_2_twin() -> None:
    old, new = order_placed(schema_version=1), order_placed(payload={"channel": "unknown"})
    lifted, current = read(dumps(old)).event, read(dumps(new)).event
    assert orjson.dumps(lifted["payload"]) == orjson.dumps(current["payload"])
    event = decode(dumps(old))
    assert isinstance(event, OrderPlaced)
    assert event.payload.channel == "unknown"


def test_a_version_1_reason_is_a_cancellation_reason() -> None:
    document = order_placed(schema_version=1, event_type="order_cancelled")
    document["payload"] = {"order_id": "1", "reason": "found it cheaper"}
    event = decode(dumps(document))
    assert isinstance(event, OrderCancelled)
    assert event.payload.cancellation_reason == "found it cheaper"
    assert event.schema_version == 2


@pytest.mark.parametrize(
    ("version", "payload"),
    [
        (1, {"channel": "web"}),
        (1, {"customer": {"name": "Jane"}}),
        (1, {"total": "15.30"}),
        (2, {"reason": "x"}),
    ],
)
def test_each_version_has_its_own_fields_and_no_others(version: int, payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        decode(dumps(order_placed(schema_version=version, payload=payload)))
    assert [error["type"] for error in caught.value.errors()] == ["extra_forbidden"]


@pytest.mark.parametrize("payload", [{}, {"channel": "web", "total": "15.30"}])
def test_an_old_consumer_refuses_a_new_producers_event_for_its_version(payload: dict[str, Any]) -> None:
    event = orjson.loads(encode(decode(dumps(order_placed(payload=payload)))))
    assert VERSION_2.is_valid(event)
    errors = list(VERSION_1.iter_errors(event))
    assert errors
    told = event | {"schema_version": 1, "payload": {**event["payload"]}}
    for added in ("channel", "total"):
        told["payload"].pop(added, None)
    assert VERSION_1.is_valid(told)  # nothing but the version and what came with it stood in the way


def test_a_newer_producers_event_has_the_reason_of_its_version_alone() -> None:
    with pytest.raises(ValidationError) as caught:
        decode(dumps(order_placed(schema_version=CURRENT_SCHEMA_VERSION + 1, payload={"novelty": 1})))
    assert [error["type"] for error in caught.value.errors()] == ["unknown_schema_version"]


def test_every_older_version_has_one_step_and_steps_change_no_other_event() -> None:
    assert (*STEPS, CURRENT_SCHEMA_VERSION) == VERSIONS == tuple(range(1, CURRENT_SCHEMA_VERSION + 1))
    payload = {"order_id": "1"}
    assert upcast(1, "order_shipped", payload) == payload
    assert upcast(2, "order_cancelled", {"order_id": "1", "reason": "x"}) == {"order_id": "1", "reason": "x"}


def test_the_ids_of_a_replay_are_those_of_version_1(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
    )
    [draft] = read_order_file(path)
    assert draft.event_id == "ff97460b-d8af-56dd-937a-3f09affebd9f"

"""The reader's data say what the models say."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from producer.contract import ORDER_EVENT, OrderEvent, decode
from producer.contract_document import READING_PATH
from producer.reading import EVENT_TYPES, read
from producer.reading.lowering import reading_schema
from producer.reading.schemas import path_of
from tests.unit.producer.events import dumps, order_placed

values: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, -1, 2**31, 1.0, 2.5, True, "", "x", "1", "-1.5", "GBP", "gbp", [], {}, [{}]]
)
fields = st.sampled_from(
    (
        *("event_id", "occurred_at", "producer_id", "sequence", "order_id", "country", "currency", "lines"),
        *("sku", "quantity", "unit_price", "line_number", "channel", "total", "customer", "amount", "kind"),
        "novelty",
    )
)
event_types = st.sampled_from(sorted(EVENT_TYPES))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """An event with some of its fields changed, anywhere."""
    event = order_placed(event_type=draw(event_types))
    if draw(st.booleans()):
        event["payload"] = {"order_id": "1", "sku": "a", "amount": "1", "currency": "EUR"}
    for name in draw(st.lists(fields, max_size=3)):
        places = [event, event["payload"], *event["payload"].get("lines", [])]
        draw(st.sampled_from([place for place in places if isinstance(place, dict)]))[name] = draw(values)
        if not isinstance(event.get("payload"), dict) or event["payload"].get("lines") in (None, [], {}, "x"):
            break
        if not isinstance(event["payload"]["lines"], list):
            break
    return event


def outcome(read_it: Callable[[], OrderEvent]) -> object:
    """The event, or what is wrong with it and where, without the unions' tags."""
    try:
        return read_it()
    except ValidationError as error:
        return {
            (
                e["type"].replace("model_type", "dict_type"),
                tuple(step for step in e["loc"] if step != 2 and step not in EVENT_TYPES),
            )
            for e in error.errors()
        }


@settings(max_examples=500, deadline=None)
@given(documents())
def test_reader_and_models_accept_and_refuse_the_same(event: dict[str, Any]) -> None:
    document = dumps(event)
    by_models = outcome(lambda: ORDER_EVENT.validate_json(document))
    assert outcome(lambda: decode(document)) == by_models


def test_money_keeps_its_digits_as_they_were_written() -> None:
    _, event = read(dumps(order_placed(line={"unit_price": "02.50"})))
    assert event["payload"]["lines"][0]["unit_price"] == "02.50"


def test_a_rule_that_data_cannot_hold_is_refused_when_they_are_written() -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        reading_schema({"type": "function-plain", "function": len})


def test_the_readers_data_are_where_the_documents_are_written() -> None:
    assert path_of(2).parts[-3:] == READING_PATH.parts
    assert orjson.loads(path_of(2).read_bytes()) == reading_schema(ORDER_EVENT.core_schema)

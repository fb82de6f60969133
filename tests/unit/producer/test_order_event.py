from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from producer import contract
from producer.contract import OrderPlaced
from producer.contract_payloads import OrderPlacedPayload
from producer.errors import EventTooLarge
from producer.money import MONEY_PATTERN
from tests.unit.producer.events import dumps, order_placed


def error_types(document: bytes) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        contract.decode(document)
    return [error["type"] for error in caught.value.errors()]


@pytest.mark.parametrize(
    "price",
    [
        2.5,
        3,
        True,
        None,
        {},
        "1e3",
        "NaN",
        "Infinity",
        "1.23456",
        "+1",
        "1.",
        ".5",
        "\uff11",
        "1\n",
        "",
        " 1",
    ],
)
def test_money_that_is_no_plain_decimal_string_is_refused(price: object) -> None:
    assert error_types(dumps(order_placed(line={"unit_price": price}))) == ["invalid_money"]


def test_money_written_as_nan_is_refused() -> None:
    document = dumps(order_placed()).replace(b'"2.55"', b"NaN")
    assert error_types(document) == ["invalid_money"]


@given(st.from_regex(MONEY_PATTERN, fullmatch=True))
def test_money_keeps_its_value_to_the_last_digit(text: str) -> None:
    event = contract.decode(dumps(order_placed(line={"unit_price": text})))
    assert isinstance(event, OrderPlaced)
    assert event.payload.lines[0].unit_price == Decimal(text)
    assert contract.decode(contract.encode(event)) == event


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2010-12-01T08:26:00", "timezone_aware"),
        ("1493979010", "string_pattern_mismatch"),
        (1493979010, "string_type"),
        (1493979010.5, "string_type"),
        ("2010-12-01", "string_pattern_mismatch"),
        ("2010-02-30T08:26:00Z", "datetime_from_date_parsing"),
        ("1899-12-31T23:59:59Z", "greater_than_equal"),
        ("3000-01-01T00:00:00Z", "less_than"),
        ("0001-01-01T00:00:00+14:00", "greater_than_equal"),
    ],
)
def test_a_time_that_is_naive_or_a_number_or_absurd_is_refused(moment: object, expected: str) -> None:
    assert error_types(dumps(order_placed(occurred_at=moment))) == [expected]


def test_a_time_is_kept_in_utc_to_the_microsecond() -> None:
    event = contract.decode(dumps(order_placed(occurred_at="2010-12-01T08:26:00.123456+02:00")))
    assert event.occurred_at == datetime(2010, 12, 1, 6, 26, 0, 123456, tzinfo=UTC)
    assert event.occurred_at.tzinfo is UTC
    assert b'"occurred_at":"2010-12-01T06:26:00.123456Z"' in contract.encode(event)


@pytest.mark.parametrize("event_type", ["order_placed", "order_teleported"])
@pytest.mark.parametrize("version", [0, 3, 99])
def test_another_schema_version_is_refused_for_that_alone(version: int, event_type: str) -> None:
    document = order_placed(schema_version=version, event_type=event_type, novelty=1)
    assert error_types(dumps(document)) == ["unknown_schema_version"]


@pytest.mark.parametrize("version", ["1", True, 1.0])
def test_a_schema_version_is_an_integer(version: object) -> None:
    assert error_types(dumps(order_placed(schema_version=version))) == ["int_type"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"\xff\xfe", ["json_invalid"]),
        (b'{"event_id":', ["json_invalid"]),
        (b"[]", ["dict_type"]),
        (dumps(order_placed(event_type="order_teleported")), ["union_tag_invalid"]),
        (dumps(order_placed(event_type=...)), ["union_tag_not_found"]),
        (dumps(order_placed(schema_version=...)), ["missing"]),
        (dumps(order_placed(novelty=1)), ["extra_forbidden"]),
        (dumps(order_placed(line={"novelty": 1})), ["extra_forbidden"]),
        (dumps(order_placed(line={"quantity": 1.0})), ["int_type"]),
        (dumps(order_placed(line={"quantity": 2**31})), ["less_than_equal"]),
        (dumps(order_placed(line={"sku": ""})), ["string_too_short"]),
        (dumps(order_placed(payload={"currency": "gbp"})), ["string_pattern_mismatch"]),
        (dumps(order_placed(payload={"lines": []})), ["too_short"]),
        (b'"' + b"x" * contract.MAX_EVENT_BYTES + b'"', ["too_large"]),
    ],
)
def test_each_broken_rule_has_its_stable_type(document: bytes, expected: list[str]) -> None:
    assert error_types(document) == expected


def test_every_broken_rule_is_named() -> None:
    document = order_placed(occurred_at="2010-12-01T08:26:00", line={"unit_price": 1, "quantity": "x"})
    assert sorted(error_types(dumps(document))) == ["int_type", "invalid_money", "timezone_aware"]


def test_errors_repeat_nothing_of_the_input() -> None:
    with pytest.raises(ValidationError) as caught:
        contract.decode(dumps(order_placed(payload={"country": 7}, customer="secret name")))
    assert "secret name" not in str(caught.value)


def test_an_encoded_event_over_the_limit_is_refused() -> None:
    lines = [{"line_number": n, "sku": "s" * 200, "quantity": 1, "unit_price": "1"} for n in range(1, 6000)]
    payload = OrderPlacedPayload.model_validate(
        {"order_id": "1", "country": "UK", "currency": "GBP", "lines": lines}
    )
    event = OrderPlaced(
        event_id=uuid4(),
        schema_version=2,
        occurred_at=datetime(2010, 1, 1, tzinfo=UTC),
        producer_id="run",
        sequence=1,
        payload=payload,
    )
    with pytest.raises(EventTooLarge) as caught:
        contract.encode(event)
    assert caught.value.limit == contract.MAX_EVENT_BYTES


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "536365"),
        ({"event_type": "stock_adjusted", "payload": {"sku": "85123A ", "quantity": 1}}, "85123A "),
    ],
)
def test_the_partition_key_is_the_order_or_the_sku(changes: dict[str, Any], key: str) -> None:
    document = order_placed()
    document |= changes
    assert contract.partition_key(contract.decode(dumps(document))) == key


def test_identity_depends_on_each_of_its_parts() -> None:
    parts = [("s", "1", "order_placed", 1), ("t", "1", "order_placed", 1), ("s", "2", "order_placed", 1)]
    parts += [("s", "1", "order_paid", 1), ("s", "1", "order_placed", 2)]
    assert len({contract.identity(*part) for part in parts}) == len(parts)
    assert str(contract.identity("online-retail", "536365", "order_placed", 1)) == (
        "ff97460b-d8af-56dd-937a-3f09affebd9f"
    )

from typing import Any

import pytest

from stream_processors.contract import BronzeEvent, RejectedEvent
from tests.unit.stream_processors.samples import (
    encoded,
    judge,
    line_changed,
    order_paid,
    order_placed,
    paid,
)
from tests.unit.stream_processors.test_judge import errors_of


def broken(event: dict[str, Any]) -> list[tuple[str, str]]:
    verdict = judge(encoded(event))
    if isinstance(verdict, BronzeEvent):
        return []
    return [(error["rule"], error["path"]) for error in errors_of(verdict)]


@pytest.mark.parametrize(
    "event",
    [
        line_changed(1, "order_returned", quantity=3),
        line_changed(1, "order_returned", quantity=-3),
        line_changed(1, "order_adjusted", quantity=1, unit_price="-11062.06"),
        line_changed(1, unit_price="0"),
        line_changed(1, unit_price="-0.00"),
        line_changed(1, line_number=9),
        order_placed(total="15.3"),
        order_placed(total="15.3000"),
        order_placed(occurred_at="2026-01-02T00:00:01Z"),
        order_placed(occurred_at="2026-01-02T10:00:01+10:00"),
        paid(amount="0"),
        paid(currency="HRK"),
    ],
)
def test_what_real_shops_send_is_accepted(event: dict[str, Any]) -> None:
    assert broken(event) == []


def test_a_return_of_nothing_is_broken_too() -> None:
    event = line_changed(2, "order_returned", quantity=0)
    assert broken(event) == [("wrong_quantity", "payload.lines[1].quantity")]


def test_every_line_that_breaks_a_rule_is_named() -> None:
    event = order_placed(lines=3)
    for line in event["payload"]["lines"]:
        line |= {"line_number": 1, "quantity": -1, "unit_price": "-1"}
    assert len(broken(event)) == 2 + 3 + 3


def test_business_rules_are_reported_together() -> None:
    event = line_changed(2, line_number=1, quantity=0, unit_price="-2.5")
    event["payload"] |= {"currency": "XQZ", "total": "1"}
    event["occurred_at"] = "2026-03-01T00:00:00Z"
    assert {rule for rule, _ in broken(event)} == {
        "time_in_future",
        "unknown_currency",
        "duplicate_line_number",
        "wrong_quantity",
        "negative_amount",
        "total_mismatch",
    }


def test_business_rules_are_reported_beside_broken_shapes() -> None:
    event = line_changed(2, line_number=1, quantity="six")
    event["payload"]["currency"] = "XQZ"
    event["sequence"] = 0
    event["occurred_at"] = "2027-01-01T00:00:00"
    assert {path for _, path in broken(event)} == {
        "payload.lines[1].quantity",
        "payload.lines[1].line_number",
        "payload.currency",
        "sequence",
        "occurred_at",
    }


def test_an_unknown_type_does_not_hide_a_broken_envelope() -> None:
    event = order_paid(event_type="order_teleported", sequence=0, producer_id=...)
    assert {path for _, path in broken(event)} == {"event_type", "sequence", "producer_id"}


def test_a_missing_version_does_not_hide_the_rest() -> None:
    event = paid(currency="XQZ", amount=1.5) | {"schema_version": None}
    assert {path for _, path in broken(event)} == {"schema_version", "payload.currency", "payload.amount"}


@pytest.mark.parametrize("total", [None, 15.3, "NaN", "1e3", {}, []])
def test_a_total_of_the_wrong_shape_is_reported_as_that_alone(total: object) -> None:
    verdict = judge(encoded(order_placed(total=total)))
    rules = [] if isinstance(verdict, BronzeEvent) else [error["rule"] for error in errors_of(verdict)]
    assert rules == ([] if total is None else ["invalid_money"])


@pytest.mark.parametrize("lines", [[], {}, "x", [[]], [{}], [{"line_number": []}], [{"quantity": 1}]])
def test_lines_of_any_shape_raise_nothing(lines: object) -> None:
    event = order_placed(total="1")
    event["payload"]["lines"] = lines
    verdict = judge(encoded(event))
    assert isinstance(verdict, RejectedEvent)

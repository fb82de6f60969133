from datetime import UTC, datetime
from uuid import UUID

import orjson

from glue.erasure import NOBODY
from orderlake.quarantine.fixes import load_fix
from orderlake.quarantine.plan import difference, plan
from orderlake.quarantine.records import LostRecord
from producer.contract import CURRENT_SCHEMA_VERSION, OrderShipped, encode
from producer.contract_payloads import OrderShippedPayload

GOOD = encode(
    OrderShipped(
        event_id=UUID(int=7),
        schema_version=CURRENT_SCHEMA_VERSION,
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        producer_id="shop",
        sequence=3,
        payload=OrderShippedPayload(order_id="o-1"),
    )
)
BAD = GOOD.replace(b'"order_shipped"', b'"shipped"')


def lost(raw: bytes) -> LostRecord:
    return LostRecord("quarantine", "id", "unknown_event_type", datetime(2026, 1, 1, tzinfo=UTC), raw)


def test_a_mended_event_keeps_its_id() -> None:
    (planned,) = plan([lost(BAD)], load_fix('.event_type = "order_shipped"'), NOBODY)
    assert planned.draft is not None
    assert planned.draft.event_id == str(UUID(int=7))
    assert planned.draft.partition_key == "o-1"


def test_an_event_that_is_valid_now_needs_no_fix() -> None:
    (planned,) = plan([lost(GOOD)], None, NOBODY)
    assert planned.draft is not None
    assert difference(planned) == ""


def test_what_is_still_invalid_is_left_with_the_rule_and_no_value() -> None:
    (planned,) = plan([lost(BAD)], None, NOBODY)
    assert planned.draft is None
    assert planned.problem is not None
    assert planned.problem.startswith("is not a valid event: ")
    assert "o-1" not in planned.problem


def test_a_fix_that_changes_the_id_is_refused() -> None:
    (planned,) = plan([lost(GOOD)], load_fix(f'.event_id = "{UUID(int=8)}"'), NOBODY)
    assert planned.draft is None


class OneCustomer:
    """A list of the erased with one customer on it."""

    def covers(self, kind: str, value: str) -> bool:
        return (kind, value) == ("customer_id", "c-1")


def test_what_names_a_customer_who_was_erased_is_left_and_not_shown() -> None:
    lines = [{"line_number": 1, "sku": "s", "quantity": 1, "unit_price": "1"}]
    order = {"order_id": "o-1", "country": "UK", "currency": "GBP", "lines": lines}
    placed = {**orjson.loads(GOOD), "event_type": "order_placed"}
    records = [
        lost(orjson.dumps({**placed, "payload": {**order, "customer_id": customer}}))
        for customer in ("c-1", "c-2")
    ]

    theirs, another = plan(records, None, OneCustomer())

    assert (theirs.draft, theirs.after, theirs.problem) == (None, b"", "names a customer who was erased")
    assert another.draft is not None


def test_what_the_fix_leaves_out_is_left() -> None:
    planned = list(plan([lost(BAD), lost(b"\xff")], load_fix("empty"), NOBODY))
    assert [one.draft for one in planned] == [None, None]


def test_the_difference_shows_the_changed_lines_only() -> None:
    (planned,) = plan([lost(BAD)], load_fix('.event_type = "order_shipped"'), NOBODY)
    assert difference(planned).splitlines() == [
        '-  "event_type": "shipped",',
        '+  "event_type": "order_shipped",',
    ]


def test_bytes_that_are_no_json_are_shown_as_they_are() -> None:
    (planned,) = plan([lost(b"\xff")], None, NOBODY)
    assert difference(planned._replace(after=orjson.dumps({}))).splitlines()[0] == "-b'\\xff'"

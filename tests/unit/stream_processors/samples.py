"""Events and coordinates for tests."""

import json
from typing import Any

from stream_processors.contract import Coordinates, RejectionReason
from stream_processors.order_ingest.judge import Judge, Verdict
from stream_processors.order_ingest.personal_data import make_key

PLACE = Coordinates("orders", "shardId-000000000006", "495903382714902566085596925", 0, 1_767_225_600_000_000)
AT = 1_767_225_601_000_000
EVENT_ID = "7c1f8d1e-0d4f-4f7b-9c8e-0d9d0c6c1111"
KEY = make_key(3, "a key for tests")
# Lambda does not tell a function its shard's range; what silver sets aside came past the judge.
NOT_OF_THE_JUDGE = {
    RejectionReason.OUTSIDE_SHARD,
    RejectionReason.UNREADABLE_OBJECT,
    RejectionReason.UNREADABLE_ROW,
}
JUDGE = Judge(AT, 24 * 3600, lambda: KEY)


def judge(data: bytes) -> Verdict:
    """The verdict of an event that came alone."""
    return JUDGE.event(data, PLACE)


def judge_record(data: bytes) -> list[Verdict]:
    return list(JUDGE.record(data, "k", PLACE))


def order_paid(**changes: Any) -> dict[str, Any]:
    """A valid event; a change to `...` takes the field away."""
    event = {
        "event_id": EVENT_ID,
        "event_type": "order_paid",
        "schema_version": 2,
        "occurred_at": "2026-01-01T00:00:00.123456Z",
        "producer_id": "run-1",
        "sequence": 7,
        "payload": {"order_id": "o-1", "amount": "12.50", "currency": "GBP"},
    }
    return {name: value for name, value in (event | changes).items() if value is not ...}


def order_placed(lines: int = 1, text: str = "WHITE HANGING HEART", **changes: Any) -> dict[str, Any]:
    """A valid event; `total` and `customer` change the payload, the rest the envelope."""
    payload: dict[str, Any] = {
        "order_id": "o-1",
        "customer_id": "17850",
        "country": "United Kingdom",
        "currency": "GBP",
        "channel": "web",
        "lines": [
            {
                "line_number": number + 1,
                "sku": "85123A",
                "description": text,
                "category": "uncategorised",
                "quantity": 6,
                "unit_price": "2.55",
            }
            for number in range(lines)
        ],
    }
    payload |= {name: changes.pop(name) for name in ("total", "customer") if name in changes}
    return order_paid(**{"event_type": "order_placed", "payload": payload} | changes)


def line_changed(number: int, event_type: str = "order_placed", **changes: Any) -> dict[str, Any]:
    """A valid event of two lines but for changes in one of them."""
    event = order_placed(lines=2, event_type=event_type)
    event["payload"]["lines"][number - 1] |= changes
    return event


def source_line_rejected(reason: str = "missing_quantity", raw_line: str = "a,b,c") -> dict[str, Any]:
    payload = {"source": "shop.csv", "line_number": 12, "reason": reason, "raw_line": raw_line}
    return order_paid(event_type="source_line_rejected", payload=payload)


def encoded(event: object) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def paid(**payload: Any) -> dict[str, Any]:
    """A valid event with changes in its payload."""
    whole = {"order_id": "o-1", "amount": "12.50", "currency": "GBP"} | payload
    return order_paid(payload={name: value for name, value in whole.items() if value is not ...})

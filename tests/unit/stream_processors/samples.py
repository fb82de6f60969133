"""Events and coordinates for tests."""

import json
from typing import Any

from stream_processors.contract import Coordinates

PLACE = Coordinates("orders", "shardId-000000000006", "495903382714902566085596925", 0, 1_767_225_600_000_000)
AT = 1_767_225_601_000_000
EVENT_ID = "7c1f8d1e-0d4f-4f7b-9c8e-0d9d0c6c1111"


def order_paid(**changes: Any) -> dict[str, Any]:
    """A valid event; a change to `...` takes the field away."""
    event = {
        "event_id": EVENT_ID,
        "event_type": "order_paid",
        "schema_version": 1,
        "occurred_at": "2026-01-01T00:00:00.123456Z",
        "producer_id": "run-1",
        "sequence": 7,
        "payload": {"order_id": "o-1", "amount": "12.50", "currency": "GBP"},
    }
    return {name: value for name, value in (event | changes).items() if value is not ...}


def order_placed(lines: int = 1, text: str = "WHITE HANGING HEART", **changes: Any) -> dict[str, Any]:
    payload = {
        "order_id": "o-1",
        "customer_id": "17850",
        "country": "United Kingdom",
        "currency": "GBP",
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
    return order_paid(event_type="order_placed", payload=payload, **changes)


def source_line_rejected(reason: str = "missing_quantity", raw_line: str = "a,b,c") -> dict[str, Any]:
    payload = {"source": "shop.csv", "line_number": 12, "reason": reason, "raw_line": raw_line}
    return order_paid(event_type="source_line_rejected", payload=payload)


def encoded(event: object) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def paid(**payload: Any) -> dict[str, Any]:
    """A valid event with changes in its payload."""
    whole = {"order_id": "o-1", "amount": "12.50", "currency": "GBP"} | payload
    return order_paid(payload={name: value for name, value in whole.items() if value is not ...})

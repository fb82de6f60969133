"""Made-up events and drafts for the producer's tests."""

from typing import Any
from uuid import UUID

import orjson

from producer.draft import EventDraft
from producer.record import Record


def order_placed(**changes: Any) -> dict[str, Any]:
    """A valid document; `price`, `line` and `payload` change what their names say, `...` removes."""
    line: dict[str, Any] = {"line_number": 1, "sku": "85123A", "quantity": 6, "unit_price": "2.55"}
    line |= changes.pop("line", {})
    payload = {"order_id": "536365", "country": "United Kingdom", "currency": "GBP", "lines": [line]}
    payload |= changes.pop("payload", {})
    document = {
        "event_id": str(UUID(int=1)),
        "schema_version": 2,
        "occurred_at": "2010-12-01T08:26:00Z",
        "producer_id": "run-1",
        "sequence": 1,
        "event_type": "order_placed",
        "payload": payload,
    }
    document |= changes
    return {name: value for name, value in document.items() if value is not ...}


def dumps(document: object) -> bytes:
    return orjson.dumps(document)


def draft(place: int = 1, occurred_at: str = "2010-12-01T08:26:00Z") -> EventDraft:
    payload = dumps({"order_id": f"order-{place}"}).decode()
    return EventDraft(str(UUID(int=place)), "order_shipped", occurred_at, f"order-{place}", payload)


def record(sequence: int, size: int = 100) -> Record:
    return Record(sequence, f"key-{sequence}", b"x" * size, "order_shipped")

"""Rows of bronze made of events that no stream carried."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from producer.draft import EventDraft
from tests.integration.lake.lake_harness import Event, event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bronze(drafts: Iterator[EventDraft]) -> list[Event]:
    return [
        {
            **event(number),
            "event_id": draft.event_id,
            "event_type": draft.event_type,
            "occurred_at": (datetime.fromisoformat(draft.occurred_at) - _EPOCH) // timedelta(microseconds=1),
            "payload": draft.payload,
        }
        for number, draft in enumerate(drafts)
        if draft.event_type != "source_line_rejected"
    ]


def longer(row: Event) -> Event:
    """The same event with a content that wins over the first."""
    return {**row, "payload": json.dumps({**json.loads(row["payload"]), "country": "A longer country" * 3})}


def on_another_day(row: Event) -> Event:
    """The same id with a content that wins, two days later."""
    return {**longer(row), "occurred_at": row["occurred_at"] + 2 * 86_400_000_000}


def dear(row: Event) -> Event:
    """The same event with an order's lines, whose price is no number."""
    line = {"line_number": 1, "sku": "s", "quantity": 1, "unit_price": "dear"}
    return {**row, "payload": json.dumps({**json.loads(row["payload"]), "order_id": "o", "lines": [line]})}

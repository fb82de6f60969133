"""What a shop did, counted from its events alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from producer.draft import EventDraft


@dataclass
class Description:
    """Counts over all events. Money in the shop's currency, as `float`: for pictures, not for books."""

    events: int = 0
    orders: int = 0
    orders_by_hour: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])
    """By weekday (Monday first) and hour, UTC."""
    basket_sizes: Counter[int] = field(default_factory=Counter)
    """Orders by how many products they hold."""
    revenue_by_product: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    revenue_by_customer: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Without guests."""
    sold_out_by_day: dict[str, int] = field(default_factory=dict)
    """Products without a piece left at the end of the day."""


def describe(drafts: Iterable[EventDraft]) -> Description:
    """Count what the drafts tell."""
    told = Description()
    shelves = _Shelves()
    for draft in drafts:
        told.events += 1
        payload = orjson.loads(draft.payload)
        shelves.move(draft.event_type, payload)
        told.sold_out_by_day[draft.occurred_at[:10]] = len(shelves.sold_out)
        if draft.event_type in {"order_placed", "order_returned"}:
            _count_revenue(told, payload)
        if draft.event_type == "order_placed":
            moment = datetime.fromisoformat(draft.occurred_at)
            told.orders += 1
            told.orders_by_hour[moment.weekday()][moment.hour] += 1
            told.basket_sizes[len(payload["lines"])] += 1
    return told


class _Shelves:
    """The stock of every product that was counted, and which are sold out."""

    def __init__(self) -> None:
        self._pieces: dict[str, int] = {}
        self._lines: dict[str, list[tuple[str, int]]] = {}
        self.sold_out: set[str] = set()

    def move(self, event_type: str, payload: dict[str, Any]) -> None:
        """Follow one event."""
        if event_type == "stock_adjusted":
            if payload["kind"] == "count":
                self._pieces[payload["sku"]] = 0
            self._add(payload["sku"], payload["quantity"])
        elif event_type in {"order_placed", "order_returned"}:
            lines = [(line["sku"], line["quantity"]) for line in payload["lines"]]
            self._lines[payload["order_id"]] = lines
            for sku, quantity in lines:
                self._add(sku, -quantity)
        elif event_type == "order_cancelled":
            for sku, quantity in self._lines[payload["order_id"]]:
                self._add(sku, quantity)

    def _add(self, sku: str, quantity: int) -> None:
        pieces = self._pieces[sku] = self._pieces[sku] + quantity
        if pieces > 0:
            self.sold_out.discard(sku)
        else:
            self.sold_out.add(sku)


def _count_revenue(told: Description, payload: dict[str, Any]) -> None:
    for line in payload["lines"]:
        amount = line["quantity"] * float(line["unit_price"])
        told.revenue_by_product[line["sku"]] += amount
        if customer := payload.get("customer_id"):
            told.revenue_by_customer[customer] += amount

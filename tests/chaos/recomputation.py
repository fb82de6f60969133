"""Gold a second time, from what the producer wrote down: none of the product's code, none of its SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SHOP = ZoneInfo("Europe/London")
_MEASURES = {"order_placed": "gross", "order_returned": "returned", "order_adjusted": "adjusted"}

Sums = dict[tuple[str, ...], dict[str, Decimal]]


def read_record(path: Path) -> dict[str, Mapping[str, Any]]:
    """The drafts that a producer wrote down, by event id; a line that a kill cut off was never sent."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if line.endswith(b"\n"):
            draft = json.loads(line)
            found[draft["event_id"]] = draft
    return found


def gold(drafts: Iterable[Mapping[str, Any]]) -> dict[str, Sums]:
    """Sums by day, category, country and currency; by day, SKU and currency; by customer and currency."""
    tables: dict[str, Sums] = {
        name: {} for name in ("gold_daily_sales", "gold_product_sales", "gold_customer_value")
    }
    orders: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for draft in drafts:
        measure = _MEASURES.get(draft["event_type"])
        if measure is None:
            continue
        payload = draft["payload"]
        day = datetime.fromisoformat(draft["occurred_at"]).astimezone(SHOP).date().isoformat()
        for line in payload["lines"]:
            category = line.get("category") or "uncategorised"
            keys = {
                "gold_daily_sales": (day, category, payload["country"], payload["currency"]),
                "gold_product_sales": (day, line["sku"], payload["currency"]),
            }
            if payload.get("customer_id"):
                keys["gold_customer_value"] = (payload["customer_id"], payload["currency"])
            amount = Decimal(line["quantity"]) * Decimal(line["unit_price"])
            for table, key in keys.items():
                sums = tables[table].setdefault(key, defaultdict(Decimal))
                sums["amount"] += amount
                sums[f"{measure}_amount"] += amount
                if measure == "gross":
                    sums["units"] += line["quantity"]
                    orders[table, key].add(payload["order_id"])
    for (table, key), found in orders.items():
        tables[table][key]["orders"] = Decimal(len(found))
    return tables

"""The real file against the totals that were computed from it by other means."""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from producer.contract import MAX_EVENT_BYTES, decode
from producer.draft import Numberer
from producer.order_files import read_order_file

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "online-retail"
FILE = FOLDER / "online_retail_2010-12_2011-09.csv.gz"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="needs ../shared/data/online-retail")


class Sums:
    """What the events say, added up without rounding."""

    def __init__(self) -> None:
        numberer = Numberer("run-1")
        self.lines: Counter[str] = Counter()
        self.amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.gross_by_month: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.ids: set[str] = set()
        self.orders: set[str] = set()
        self.events = 0
        for place, draft in enumerate(read_order_file(FILE)):
            self.events += 1
            self.ids.add(draft.event_id)
            document = numberer.number(draft)[1]
            assert len(document) <= MAX_EVENT_BYTES
            if place % 50 == 0:
                decode(document)
            self._add(draft.event_type, draft.occurred_at[:7], orjson.loads(draft.payload))

    def _add(self, event_type: str, month: str, payload: dict[str, Any]) -> None:
        if event_type == "stock_adjusted":
            self.lines[event_type] += 1
            self.orders.add(payload["reference"])
            return
        self.orders.add(payload["order_id"])
        self.lines[event_type] += len(payload["lines"])
        for line in payload["lines"]:
            amount = line["quantity"] * Decimal(line["unit_price"])
            self.amounts[event_type] += amount
            if event_type == "order_placed" and amount > 0:
                self.gross_by_month[month] += amount


@pytest.fixture(scope="module")
def sums() -> Sums:
    return Sums()


@pytest.fixture(scope="module")
def totals() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "totals.json").read_text(encoding="utf-8"))
    return loaded


def total(totals: dict[str, Any], name: str) -> Decimal:
    (value,) = (value for key, value in totals.items() if key.startswith(name))
    return Decimal(str(value))


def test_every_line_is_in_exactly_one_event(sums: Sums, totals: dict[str, Any]) -> None:
    assert sum(sums.lines.values()) == totals["rows"]
    assert sums.lines["order_returned"] == totals["cancel_lines"]
    assert len(sums.orders) == totals["distinct_invoices"]
    assert len(sums.ids) == sums.events


def test_the_amounts_are_the_control_totals(sums: Sums, totals: dict[str, Any]) -> None:
    adjusted = total(totals, "T4_")
    assert sum(sums.amounts.values()) == total(totals, "T1_net_all")
    assert sums.amounts["order_placed"] == total(totals, "T2_gross_sales") - total(totals, "T6_")
    assert sums.amounts["order_returned"] == total(totals, "T3_")
    assert sums.amounts["order_adjusted"] == adjusted


def test_every_month_s_gross_is_the_control_total(sums: Sums, totals: dict[str, Any]) -> None:
    (months,) = (value for key, value in totals.items() if key.startswith("per_month"))
    expected = {month: Decimal(str(values[2])) for month, values in months.items()}
    expected["2011-08"] -= total(totals, "T6_")
    assert sums.gross_by_month == expected

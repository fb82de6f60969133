"""A simulated month, whose books are kept from the events alone: silver and gold say the same."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

import pytest

from producer.contract import decode
from producer.draft import Numberer
from producer.simulator import ShopSettings, simulate
from tests.integration.lake.lake_harness import LakeHarness
from tests.parity.bronze import bronze
from tests.shop_books import Books

pytestmark = pytest.mark.slow

EVENTS = 30_000
MONTH = ShopSettings(
    seed=11,
    start=datetime(2026, 3, 1, tzinfo=UTC),
    events_per_second=EVENTS / (31 * 86_400),
    life_speed=1,
    rhythm=True,
)


def test_silver_and_gold_of_a_month_agree_with_its_books(lake: LakeHarness) -> None:
    drafts = list(islice(simulate(MONTH), EVENTS))
    number = Numberer("run-1").number
    books = Books(decode(number(draft)[1]) for draft in drafts)
    assert books.stocktakes > 100
    assert books.refunded > 0 < books.cancelled

    rows = bronze(iter(drafts))
    for place in range(0, EVENTS, 10_000):
        lake.put(rows[place : place + 10_000], str(place))
        lake.silver()
        lake.gold()

    orders = lake.rows("silver_orders")
    assert sum(row["paid_amount"] for row in orders) == books.paid
    assert sum(row["returned_amount"] for row in orders) == -books.refunded
    assert sum(row["paid_amount"] + row["returned_amount"] for row in orders) == books.revenue

    ordered = books.revenue + books.unpaid + books.cancelled
    amounts = {
        table: sum((row["amount"] for row in lake.rows(table)), Decimal())
        for table in ("silver_order_lines", "silver_orders", "gold_daily_sales", "gold_product_sales")
    }
    assert amounts == dict.fromkeys(amounts, ordered)
    customers: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in orders:
        if row["customer_id"] is not None:
            customers[row["customer_id"]] += row["amount"]
    assert {row["customer_id"]: row["amount"] for row in lake.rows("gold_customer_value")} == customers

    inventory = {row["sku"]: row["stock_on_hand"] for row in lake.rows("gold_inventory")}
    assert inventory == books.stock

"""The control totals of the shared order file, from silver and gold."""

import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from producer.order_files import read_order_file
from tests.integration.lake.lake_harness import Event, LakeHarness, event

SHARED = Path(__file__).parents[4] / "shared" / "data" / "online-retail"
FILE = SHARED / "online_retail_2010-12_2011-09.csv.gz"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.is_file(), reason="../shared/data/online-retail is not here"),
]


def bronze() -> list[Event]:
    return [
        {
            **event(number),
            "event_id": draft.event_id,
            "event_type": draft.event_type,
            "occurred_at": int(datetime.fromisoformat(draft.occurred_at).timestamp()) * 1_000_000,
            "payload": draft.payload,
        }
        for number, draft in enumerate(read_order_file(FILE))
        if draft.event_type != "source_line_rejected"
    ]


def test_months_and_customers_add_up_to_the_control_totals(lake: LakeHarness) -> None:
    totals = json.loads((SHARED / "totals.json").read_text(encoding="utf-8"))
    rows = bronze()
    half = len(rows) // 2
    for run, part in enumerate((rows[:half], rows[half:], rows)):
        for number, some in enumerate(chunked(part, 4000)):
            lake.put(some, f"{run}-{number}")
        lake.silver()
        lake.gold()
    months: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for row in lake.rows("gold_daily_sales"):
        month = months[row["sales_date"].isoformat()[:7]]
        measures = ("gross_amount", "adjusted_amount", "returned_amount", "amount")
        months[row["sales_date"].isoformat()[:7]] = [
            total + row[name] for total, name in zip(month, measures, strict=True)
        ]
    expected = totals["per_month[month]=[rows,distinct_invoices,T2_gross,T3_cancel,T1_net]"]
    assert set(months) == set(expected)
    for name, (_, _, _, cancelled, net) in expected.items():
        assert months[name][2:] == [Decimal(cancelled), Decimal(net)]
    assert sum(month[0] for month in months.values()) == Decimal("7352354.174")
    assert sum(month[3] for month in months.values()) == Decimal(
        totals["T1_net_all_lines(sum q*p over every line)"]
    )
    products: dict[str, Decimal] = defaultdict(Decimal)
    for row in lake.rows("gold_product_sales"):
        products[row["sku"]] += row["gross_amount"]
    top = sorted(products.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert top == [
        (sku, Decimal(total)) for sku, total in totals["top10_products_gross(T2 lines, StockCode as written)"]
    ]
    assert len(lake.rows("gold_customer_value")) == totals["distinct_customers_nonblank"]


def chunked(rows: list[Event], size: int) -> list[list[Event]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]

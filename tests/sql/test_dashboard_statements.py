"""What the dashboard's statements answer, with their filters bound, as DuckDB reads Athena's dialect."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import sqlglot
from sqlglot import exp

import sql
from tests.sql.test_analytics_cases import answer, schema
from tests.sql.test_sql_cases import arrow

EVER = ("'0001-01-01'", "'9999-12-31'")
ALL_POUNDS = ("''", "''", "'GBP'")


def sold(day: int, amount: str, **other: str) -> dict[str, object]:
    return {
        "sales_date": f"2026-07-{day:02}",
        "category": "toys",
        "country": "France",
        "currency": "GBP",
        "orders": 1,
        "units": 2,
        "gross_amount": amount,
        "returned_amount": "0",
        "adjusted_amount": "0",
        "amount": amount,
        **other,
    }


def asked(
    name: str, parameters: Sequence[str], given: Mapping[str, list[dict[str, object]]]
) -> list[dict[str, object]]:
    """The rows of a statement with `parameters` in place of its `?`."""
    literals = iter([sqlglot.parse_one(text) for text in parameters])
    statement = sqlglot.parse_one(sql.text(f"dashboard/{name}.sql"), read="athena")
    bound = statement.transform(lambda node: next(literals) if isinstance(node, exp.Placeholder) else node)
    relations = {table: arrow(rows, schema(table)) for table, rows in given.items()}
    rows: list[dict[str, object]] = answer(bound.sql(dialect="athena"), relations).to_pylist()
    return rows


def daily(*rows: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    return {"gold_daily_sales": list(rows)}


def test_revenue_is_of_the_days_the_country_the_category_and_the_currency_chosen() -> None:
    rows = daily(
        sold(1, "1"),
        sold(2, "10"),
        sold(2, "100", country="Spain"),
        sold(2, "1000", category="garden"),
        sold(2, "10000", currency="EUR"),
    )
    chosen = ("'2026-07-02'", "'2026-07-02'", "'France'", "'toys'", "'GBP'")

    for name, key in (("sales_by_category", "toys"), ("sales_by_country", "France")):
        (row,) = asked(name, chosen, rows)
        assert list(row.values()) == [key, 2, Decimal("10.0000")]


def test_without_a_choice_all_countries_and_categories_count_the_largest_first() -> None:
    rows = daily(sold(1, "1"), sold(2, "5", category="garden"), sold(3, "2", country="Spain"))

    found = asked("sales_by_category", (*EVER, *ALL_POUNDS), rows)

    assert [(row["category"], row["total_revenue"]) for row in found] == [
        ("garden", Decimal("5.0000")),
        ("toys", Decimal("3.0000")),
    ]


def test_the_average_of_the_first_day_chosen_looks_back_before_it() -> None:
    rows = daily(sold(1, "7"), sold(7, "7"), sold(8, "14"))

    found = asked("sales_by_day", (*ALL_POUNDS, "'2026-07-07'", "'2026-07-08'"), rows)

    assert [(row["sales_date"], row["seven_day_average"]) for row in found] == [
        (date(2026, 7, 7), 2.0),
        (date(2026, 7, 8), 3.0),
    ]


def test_today_stands_against_the_seven_days_before_and_is_zero_without_sales() -> None:
    rows = daily(sold(1, "70"), sold(8, "5"), sold(9, "100"))

    (eighth,) = asked("sales_today", (*["'2026-07-08'"] * 3, *ALL_POUNDS), rows)
    (twentieth,) = asked("sales_today", (*["'2026-07-20'"] * 3, *ALL_POUNDS), rows)

    assert (eighth["amount"], eighth["usual_amount"]) == (Decimal("5.0000"), 10.0)
    assert (twentieth["amount"], twentieth["units"]) == (Decimal("0.0000"), 0)


def test_the_currency_with_the_most_revenue_is_the_first_choice() -> None:
    rows = daily(sold(1, "1", currency="EUR"), sold(2, "5"))

    found = asked("choices", (), rows)

    assert [row["choice"] for row in found if row["filter"] == "currency"] == ["GBP", "EUR"]


def bought(customer: str | None, day: int, amount: str, **other: str) -> dict[str, object]:
    return {
        "event_id": f"{customer} {day} {other}",
        "order_id": f"{customer} {day}",
        "line_number": 1,
        "line_class": "sale",
        "occurred_at": f"2026-07-{day:02}T08:00:00Z",
        "sales_date": f"2026-07-{day:02}",
        "sku": "a",
        "category": "toys",
        "customer_id": customer,
        "country": "France",
        "currency": "GBP",
        "quantity": 1,
        "unit_price": amount,
        "amount": amount,
        **other,
    }


def lines() -> dict[str, list[dict[str, object]]]:
    """Twenty customers who bring 1 to 20 pounds, and what the filters are to leave out."""
    return {
        "silver_order_lines": [
            *(bought(f"c{number:02}", 2, str(number)) for number in range(1, 21)),
            bought("c01", 3, "-1", line_class="return"),
            bought("c01", 9, "1000"),
            bought("c01", 2, "1000", country="Spain"),
            bought("c01", 2, "1000", category="garden"),
            bought("c01", 2, "1000", currency="EUR"),
            bought(None, 2, "1000"),
        ]
    }


def product(sku: str, stock: int | None, days: float | None) -> dict[str, object]:
    return {
        "sku": sku,
        "stock_on_hand": stock,
        "as_of_date": "2026-07-01",
        "demand_units": 28,
        "demand_per_day": 1.0,
        "days_of_cover": days,
        "is_low_stock": days is not None and days < 14,
    }


CHOSEN = ("'2026-07-02'", "'2026-07-03'", "'France'", "'toys'", "'GBP'")


def test_customers_stand_in_tenths_by_what_they_brought_where_the_filters_say() -> None:
    found = asked("customer_deciles", CHOSEN, lines())
    everything = asked("customer_deciles", (*EVER, *ALL_POUNDS), lines())

    assert [row["customers"] for row in found] == [2] * 10
    assert [found[0][name] for name in ("customer_value", "least", "most")] == [
        Decimal("39.0000"),
        Decimal("19.0000"),
        Decimal("20.0000"),
    ]
    assert found[-1]["customer_value"] == Decimal("2.0000")
    assert everything[0]["most"] == Decimal("3000.0000")


def test_the_top_customers_are_those_of_the_first_tenth() -> None:
    found = asked("top_customers", CHOSEN, lines())

    assert [(row["customer_id"], row["orders"], row["customer_value"]) for row in found] == [
        ("c20", 1, Decimal("20.0000")),
        ("c19", 1, Decimal("19.0000")),
    ]
    assert found[0]["share_of_revenue"] == 20 / 209


def test_over_all_time_the_tenths_are_those_of_the_view() -> None:
    given = lines()
    relations = {"silver_order_lines": arrow(given["silver_order_lines"], schema("silver_order_lines"))}
    gold = answer(sql.query("gold_customer_value"), relations)
    view = sql.text("customer_value_deciles/view.sql").partition(" AS\n")[2]

    expected = answer(view, {"gold_customer_value": gold}).to_pylist()

    found = asked("customer_deciles", (*EVER, *ALL_POUNDS), given)
    pounds = [row for row in expected if row["currency"] == "GBP"]
    assert {row["value_decile"]: row["customers"] for row in found} == Counter(
        row["value_decile"] for row in pounds
    )
    assert sum(Decimal(str(row["customer_value"])) for row in found) == sum(row["amount"] for row in pounds)


def test_stock_is_of_the_category_chosen() -> None:
    stock = {
        "gold_inventory": [product("a", 0, 0.0), product("b", 1, 1.0)],
        "silver_order_lines": [bought("c", 1, "1"), bought("c", 2, "1", sku="b", category="garden")],
    }

    for name, column, of_toys in (
        ("low_stock", "sku", ["a"]),
        ("inventory_cover", "cover", ["out of stock"]),
        ("inventory_summary", "products", [1]),
    ):
        assert [row[column] for row in asked(name, ("'toys'", "'toys'"), stock)] == of_toys
    (summary,) = asked("inventory_summary", ("''", "''"), stock)
    assert summary["products"] == 2


def test_products_are_classed_by_how_long_they_last() -> None:
    stock = {
        "gold_inventory": [
            product("a", 0, 0.0),
            product("b", 6, 6.9),
            product("c", 7, 7.0),
            product("d", 99, None),
            product("e", None, None),
        ],
        "silver_order_lines": [],
    }

    found = asked("inventory_cover", ("''", "''"), stock)
    (summary,) = asked("inventory_summary", ("''", "''"), stock)

    assert [(row["cover"], row["products"]) for row in found] == [
        ("out of stock", 1),
        ("under 7 days", 1),
        ("7 to 14 days", 1),
        ("no demand", 1),
        ("never counted", 1),
    ]
    assert (summary["products"], summary["low"], summary["out_of_stock"], summary["never_counted"]) == (
        5,
        3,
        1,
        1,
    )

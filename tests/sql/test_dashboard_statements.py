"""What the dashboard's statements answer, with their filters bound, as DuckDB reads Athena's dialect."""

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


def test_products_are_classed_by_how_long_they_last() -> None:
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

    stock = {
        "gold_inventory": [
            product("a", 0, 0.0),
            product("b", 6, 6.9),
            product("c", 7, 7.0),
            product("d", 99, None),
            product("e", None, None),
        ]
    }

    found = asked("inventory_cover", (), stock)
    (summary,) = asked("inventory_summary", (), stock)

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

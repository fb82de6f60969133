"""What a query demands of a table's rows at once, and may be left unread of it."""

import pytest

import sql
from glue.dialect import condition_on


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("SELECT a FROM t WHERE a > 1", "a > 1"),
        ("WITH s AS (SELECT t.a FROM t WHERE t.a > 1) SELECT a FROM s WHERE a < 9", "a > 1"),
        ("SELECT a FROM t", "TRUE"),
        ("WITH s AS (SELECT a FROM t WHERE a > 1) SELECT s.a FROM s JOIN t ON s.a = t.a", "TRUE"),
        ("SELECT t.a FROM t JOIN u ON t.a = u.a WHERE t.a > 1", "TRUE"),
        ("SELECT t.a FROM u LEFT JOIN t ON t.a = u.a WHERE t.a IS NULL", "TRUE"),
    ],
    ids=["plain", "in a step", "no condition", "read twice", "beside another", "joined to another"],
)
def test_a_condition_is_that_of_the_one_reader_of_a_relation(query: str, condition: str) -> None:
    assert condition_on(query, "t") == condition


def test_inventory_wants_few_of_the_orders() -> None:
    assert "cancelled_at" in condition_on(sql.query("gold_inventory"), "silver_orders")

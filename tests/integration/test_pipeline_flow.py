"""Simulated orders through the whole pipeline, as a user would send them."""

from collections.abc import Iterator

import pytest

from tests.embedded_pipeline import Pipeline, money, running_pipeline

HOUSE_QUERY = """
SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
"""


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline that a thousand simulated events went through."""
    with running_pipeline() as running:
        running.orderlake("produce", "--records", "1000", "--seed", "7")
        running.audit("bronze")
        running.run_jobs()
        yield running


def test_every_event_is_in_bronze_once_and_in_silver_once(pipeline: Pipeline) -> None:
    facts = pipeline.audit("gold")

    assert facts["producer → stream", "acknowledged"] == 1000
    assert facts["stream → lake", "bronze"] == 1000
    assert facts["bronze → silver", "silver"] == 1000
    assert facts["bronze → silver", "duplicates"] == 0


def test_the_house_query_works_as_it_stands(pipeline: Pipeline) -> None:
    rows = pipeline.rows(HOUSE_QUERY)

    revenue = [money(row["total_revenue"]) for row in rows]
    assert len(rows) > 1
    assert revenue == sorted(revenue, reverse=True)


def test_gold_adds_up_to_silver_by_product_and_by_day(pipeline: Pipeline) -> None:
    (lines,) = pipeline.rows("SELECT sum(quantity * unit_price) AS amount FROM silver_order_lines")
    (days,) = pipeline.rows("SELECT sum(amount) AS amount FROM gold_daily_sales")
    (products,) = pipeline.rows("SELECT sum(amount) AS amount FROM gold_product_sales")

    assert money(lines["amount"]) == money(days["amount"]) == money(products["amount"])


def test_jobs_that_run_again_change_nothing(pipeline: Pipeline) -> None:
    before = pipeline.rows("SELECT * FROM gold_customer_value ORDER BY customer_id, currency")
    events = pipeline.row("SELECT count(*) AS n FROM silver_order_events")

    pipeline.orderlake("job", "silver", "--wait")
    pipeline.orderlake("job", "gold", "--wait")

    assert pipeline.rows("SELECT * FROM gold_customer_value ORDER BY customer_id, currency") == before
    assert pipeline.row("SELECT count(*) AS n FROM silver_order_events") == events

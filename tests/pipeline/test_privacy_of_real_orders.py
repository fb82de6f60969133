"""A customer of the real orders is forgotten and stays so; then the catalogue is lost and made again."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.deep_search import places_of
from tests.embedded_pipeline import Pipeline, running_pipeline
from tests.pipeline.test_restore import content, lose_tables
from tests.shared_data import ONLINE_RETAIL, needs_real_orders

pytestmark = [pytest.mark.long, needs_real_orders, pytest.mark.timeout(1200)]

# Of the customers whose number is nothing else in the file, the one with the most lines; 80 are returns.
ERASED: Final = "15311"
DAYS: Final = "SELECT * FROM gold_daily_sales ORDER BY sales_date, category, country, currency"
VALUES: Final = "SELECT * FROM gold_customer_value ORDER BY customer_id, currency"
RESTORED: Final = ("silver_orders", "gold_daily_sales", "gold_customer_value")


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        replay(running)
        running.run_jobs()
        yield running


@pytest.fixture(scope="module")
def before(pipeline: Pipeline) -> Mapping[str, list[dict[str, Any]]]:
    return {"days": pipeline.rows(DAYS), "values": pipeline.rows(VALUES)}


@pytest.fixture(scope="module")
def receipt(pipeline: Pipeline, before: Mapping[str, Any]) -> Any:
    return json.loads(erase(pipeline))


def replay(pipeline: Pipeline) -> None:
    pipeline.orderlake("replay", str(ONLINE_RETAIL), "--speed", "max")
    pipeline.audit("bronze", wait=300)


def erase(pipeline: Pipeline) -> str:
    return pipeline.orderlake("erase", "--customer", ERASED, "--yes", "--format", "json")


def delete_answers(pipeline: Pipeline) -> None:
    """The audit's answers list numbers of events, of which one is the customer's by chance."""
    s3 = pipeline.aws.session.client("s3")
    bucket = pipeline.aws.stack.results_bucket
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])


def test_only_the_customer_is_gone_and_every_day_is_what_it_was(
    pipeline: Pipeline, before: Mapping[str, Any], receipt: Any
) -> None:
    found = {found["place"] for found in receipt["found"]}
    assert {"bronze", "query results", "silver_order_lines", "gold_customer_value"} <= found
    assert receipt["left"] == []
    assert pipeline.rows(DAYS) == before["days"]
    others = [row for row in before["values"] if row["customer_id"] != ERASED]
    assert len(others) == len(before["values"]) - 1
    assert pipeline.rows(VALUES) == others
    assert json.loads(erase(pipeline)) == [{"receipt": None, "outcome": "nothing to do"}]


def test_the_same_file_and_a_backfill_do_not_bring_the_customer_back(
    pipeline: Pipeline, before: Mapping[str, Any], receipt: Any
) -> None:
    replay(pipeline)
    again = pipeline.row(f"SELECT count(*) AS n FROM bronze_order_events WHERE payload LIKE '%\"{ERASED}\"%'")
    assert again["n"] > 0
    delete_answers(pipeline)

    pipeline.orderlake("backfill")

    assert places_of(pipeline.aws, ERASED) == set()
    assert pipeline.rows(DAYS) == before["days"]


def test_a_lost_catalogue_is_made_again_from_bronze(pipeline: Pipeline, receipt: Any) -> None:
    """Runs last in this module: it drops every table."""
    before = [content(pipeline, table) for table in RESTORED]
    lose_tables(pipeline)

    began = time.monotonic()
    pipeline.orderlake("restore")
    print(f"restored in {time.monotonic() - began:.1f} s")

    assert [content(pipeline, table) for table in RESTORED] == before
    assert ERASED not in {row["customer_id"] for row in pipeline.rows(VALUES)}

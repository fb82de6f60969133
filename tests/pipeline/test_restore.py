"""The catalogue is lost, and its tables come back from bronze as they were."""

import pytest

from glue.tables import load_all
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COMPARED = ("silver_order_events", "silver_orders", "gold_daily_sales", "gold_customer_value")


def test_tables_come_back_from_bronze_where_none_is_left() -> None:
    with running_pipeline() as pipeline:
        pipeline.orderlake("produce", "--records", "300", "--seed", "3")
        pipeline.audit("bronze", wait=200)
        pipeline.run_jobs()
        before = [content(pipeline, table) for table in COMPARED]
        pipeline.orderlake("restore", exit_code=1)
        lose_tables(pipeline)

        pipeline.orderlake("restore")

        assert [content(pipeline, table) for table in COMPARED] == before
        pipeline.audit("gold")


def lose_tables(pipeline: Pipeline) -> None:
    glue = pipeline.aws.session.client("glue")
    database = pipeline.aws.stack.database
    there = {table["Name"] for table in glue.get_tables(DatabaseName=database)["TableList"]}
    for name, spec in load_all().items():
        if spec.format == "iceberg" and name in there:
            glue.delete_table(DatabaseName=database, Name=name)


def content(pipeline: Pipeline, table: str) -> str:
    """The rows of a table in a fixed order, as text."""
    places = ", ".join(str(place + 1) for place in range(len(load_all()[table].column_names)))
    return pipeline.orderlake("query", f"SELECT * FROM {table} ORDER BY {places}", "--format", "csv")

"""`orderlake job maintenance` and `orderlake backfill` against a running pipeline: no row changes."""

import json
from collections.abc import Iterator

import pytest

from glue import gold, silver
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TABLES = (silver.ROOT, *silver.DERIVED, *gold.DERIVED)
RUNS = 3


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A lake that grew in several runs of the jobs."""
    with running_pipeline() as running:
        for seed in range(RUNS):
            running.orderlake("produce", "--records", "100", "--seed", str(seed))
            running.audit("bronze")
            running.run_jobs()
        yield running


def contents(pipeline: Pipeline) -> dict[str, list[str]]:
    return {table: sorted(map(str, pipeline.rows(f"SELECT * FROM {table}"))) for table in TABLES}


def test_maintenance_reports_every_table_and_changes_no_row(pipeline: Pipeline) -> None:
    before = contents(pipeline)

    (result,) = json.loads(pipeline.orderlake("job", "maintenance", "--wait", "--format", "json"))

    assert result["state"] == "SUCCEEDED"
    assert contents(pipeline) == before


def test_a_backfill_makes_the_same_rows_again(pipeline: Pipeline) -> None:
    before = contents(pipeline)
    snapshots = f'SELECT count(*) AS n FROM "{silver.ROOT}$snapshots"'
    commits = pipeline.row(snapshots)["n"]

    results = json.loads(pipeline.orderlake("backfill", "--format", "json"))

    assert [result["state"] for result in results] == ["SUCCEEDED", "SUCCEEDED"]
    assert pipeline.row(snapshots)["n"] == commits + 1
    assert contents(pipeline) == before
    pipeline.audit("gold")


def test_a_backfill_of_days_and_of_one_table_changes_no_row(pipeline: Pipeline) -> None:
    before = contents(pipeline)

    pipeline.orderlake("backfill", "--from", "2026-01-01", "--to", "2026-01-31")
    pipeline.orderlake("backfill", "--tables", "gold_daily_sales")

    assert contents(pipeline) == before


def test_a_backfill_of_no_table_is_wrong_use(pipeline: Pipeline) -> None:
    pipeline.orderlake("backfill", "--tables", "gold_nothing", exit_code=2)

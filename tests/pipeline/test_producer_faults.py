"""A producer that makes faults on purpose, on two shards with AWS's limits: every number is found again."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RATE, SECONDS = 2_000, 60


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(enforce_limits=True) as running:
        yield running


@pytest.fixture(scope="module")
def report(pipeline: Pipeline) -> dict[str, Any]:
    """What the run said of itself, once everything is in gold."""
    (row,) = json.loads(
        pipeline.orderlake(
            *("produce", "--rate", str(RATE), "--duration", str(SECONDS), "--seed", "7"),
            *("--faults", "duplicates=2%,late=2%:6h,malformed=1%", "--format", "json"),
        )
    )
    pipeline.audit("bronze", wait=300)
    pipeline.run_jobs()
    assert isinstance(row, dict)
    return row


def manifest(pipeline: Pipeline, producer_id: str) -> dict[str, Any]:
    s3 = pipeline.aws.session.client("s3")
    body = s3.get_object(Bucket=pipeline.aws.stack.lake_bucket, Key=f"audit/runs/{producer_id}.json")["Body"]
    found: dict[str, Any] = json.loads(body.read())
    return found


def test_the_rate_is_kept_over_the_minute(report: dict[str, Any]) -> None:
    assert report["acknowledged"] == report["produced"] == pytest.approx(RATE * SECONDS, rel=0.02)
    assert report["seconds"] == pytest.approx(SECONDS, rel=0.02)


def test_the_audit_balances_with_exactly_the_journals_numbers(
    pipeline: Pipeline, report: dict[str, Any]
) -> None:
    made = manifest(pipeline, report["producer_id"])["faults"]
    facts = pipeline.audit("gold", wait=300)

    assert made["duplicates"] == pytest.approx(0.02 * RATE * SECONDS, rel=0.1)
    assert facts["faults on purpose", "duplicates in bronze"] == made["duplicates"]
    assert facts["faults on purpose", "late or out of order in bronze"] == made["late"] > 0
    assert facts["faults on purpose", "rejected in quarantine"] == made["malformed"]
    assert facts["stream → lake", "quarantine"] == made["malformed"]
    assert facts["bronze → silver", "duplicates"] == made["duplicates"]


def test_late_events_are_in_silver_with_their_own_time(pipeline: Pipeline, report: dict[str, Any]) -> None:
    made = manifest(pipeline, report["producer_id"])["faults"]
    row = pipeline.row(
        "SELECT count(*) AS late FROM bronze_order_events WHERE arrived_at - occurred_at > 18000000000"
    )
    assert row["late"] == made["late"]


def test_silver_and_gold_agree_on_the_money(pipeline: Pipeline, report: dict[str, Any]) -> None:
    silver = pipeline.row("SELECT sum(amount) AS amount FROM silver_order_lines")
    gold = pipeline.row("SELECT sum(amount) AS amount FROM gold_daily_sales")
    assert Decimal(silver["amount"]) == Decimal(gold["amount"]) > 0

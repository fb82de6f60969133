"""A thousand events with a wrong currency: mended by one command, in gold, and never sent twice."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from producer.contract import CURRENT_SCHEMA_VERSION, OrderPlaced, encode
from producer.contract_payloads import OrderLine, OrderPlacedPayload
from tests.embedded_pipeline import Pipeline, money, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COUNT = 1_000
PRICE = Decimal("2.50")
FIX = ".payload.currency |= ascii_upcase"
DAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=3)


def with_wrong_currency(n: int) -> bytes:
    """A good event, but for its currency in small letters."""
    line = OrderLine(line_number=1, sku=f"sku-{n % 7}", category="toys", quantity=2, unit_price=PRICE)
    event = OrderPlaced(
        event_id=UUID(int=n),
        schema_version=CURRENT_SCHEMA_VERSION,
        occurred_at=DAY + timedelta(seconds=n),
        producer_id="shop",
        sequence=n,
        payload=OrderPlacedPayload(
            order_id=f"o-{n}", country="United Kingdom", currency="GBP", lines=(line,)
        ),
    )
    return encode(event).replace(b'"GBP"', b'"gbp"')


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline that quarantined them all."""
    with running_pipeline() as running:
        kinesis = running.aws.session.client("kinesis")
        for first in range(1, COUNT, 500):
            answer = kinesis.put_records(
                StreamName=running.aws.stack.stream_name,
                Records=[
                    {"Data": with_wrong_currency(n), "PartitionKey": f"o-{n}"}
                    for n in range(first, first + 500)
                ],
            )
            assert answer["FailedRecordCount"] == 0
        assert running.audit("bronze")["stream → lake", "quarantine"] == COUNT
        yield running


def redrive(pipeline: Pipeline, *arguments: str, exit_code: int = 0) -> list[dict[str, Any]]:
    text = pipeline.orderlake("quarantine", "redrive", *arguments, "--format", "json", exit_code=exit_code)
    answer: list[dict[str, Any]] = json.loads(text)
    return answer


def test_they_are_listed_and_shown(pipeline: Pipeline) -> None:
    listed = json.loads(pipeline.orderlake("quarantine", "list", "--limit", "3", "--format", "json"))
    shown = json.loads(
        pipeline.orderlake("quarantine", "show", listed[0]["quarantine_id"], "--format", "json")
    )

    assert len(listed) == 3
    assert {row["event_type"] for row in listed} == {"order_placed"}
    assert shown[0]["event"]["payload"]["currency"] == "gbp"
    assert shown[0]["errors"][0]["path"] == "payload.currency"


def test_a_dry_run_shows_what_would_change_and_sends_nothing(pipeline: Pipeline) -> None:
    previews = redrive(pipeline, "--fix", FIX, "--dry-run")

    assert previews[0]["outcome"] == "would be sent"
    assert previews[0]["change"].split() == ["-", '"currency":', '"gbp",', "+", '"currency":', '"GBP",']
    assert pipeline.row("SELECT count(*) AS n FROM quarantine_redrives")["n"] == 0


def test_unmended_they_stay_where_they_are(pipeline: Pipeline) -> None:
    (summary,) = redrive(pipeline, "--limit", "10", "--yes", exit_code=1)

    assert (summary["chosen"], summary["left"], summary["sent"]) == (10, 10, 0)


def test_nobody_to_ask_means_wrong_use(pipeline: Pipeline) -> None:
    pipeline.orderlake("quarantine", "redrive", "--fix", FIX, exit_code=2)


def test_one_command_mends_them_into_gold_and_the_same_again_changes_nothing(pipeline: Pipeline) -> None:
    command = ("--where", f"event_type = 'order_placed' AND sequence <= {COUNT}", "--fix", FIX, "--yes")

    (first,) = redrive(pipeline, *command)
    (again,) = redrive(pipeline, *command)
    pipeline.audit("bronze")
    pipeline.run_jobs()
    facts = pipeline.audit("gold")

    assert (first["chosen"], first["sent"]) == (COUNT, COUNT)
    assert (again["chosen"], again["sent"]) == (0, 0)
    assert facts["stream → lake", "bronze"] == facts["stream → lake", "quarantine"] == COUNT
    assert facts["bronze → silver", "silver"] == COUNT
    assert facts["producer → stream", "missing"] == 0
    revenue = pipeline.row("SELECT sum(amount) AS amount, sum(orders) AS orders FROM gold_daily_sales")
    assert money(revenue["amount"]) == COUNT * 2 * PRICE


def test_large_records_come_back_from_their_objects(pipeline: Pipeline) -> None:
    """Blanks make them large: one is kept in its row, one as an object of its own."""
    kinesis = pipeline.aws.session.client("kinesis")
    for n, blanks in ((COUNT + 1, 450 * 1024), (COUNT + 2, 600 * 1024)):
        kinesis.put_record(
            StreamName=pipeline.aws.stack.stream_name,
            Data=with_wrong_currency(n) + b" " * blanks,
            PartitionKey=f"o-{n}",
        )
    pipeline.audit("bronze")

    (summary,) = redrive(pipeline, "--where", "raw_size > 100000", "--fix", FIX, "--yes")

    assert (summary["chosen"], summary["sent"]) == (2, 2)
    assert pipeline.audit("bronze")["stream → lake", "bronze"] == COUNT + 2


def test_the_bytes_are_in_no_result_of_athena(pipeline: Pipeline) -> None:
    """Runs after the redrives."""
    s3 = pipeline.aws.session.client("s3")
    bucket = pipeline.aws.stack.results_bucket
    encoded = base64.b64encode(with_wrong_currency(1))[:40]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            assert encoded not in s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def test_the_table_says_who_sent_what_and_how(pipeline: Pipeline) -> None:
    """Runs after the redrive."""
    (row,) = pipeline.rows(
        "SELECT count(DISTINCT origin_id) AS origins, count(DISTINCT event_id) AS events, count(*) AS n, "
        "min(fix) AS fix, min(redriven_by) AS redriven_by, min(condition) AS condition "
        "FROM quarantine_redrives"
    )

    assert row["origins"] == row["events"] == row["n"] == COUNT + 2
    assert row["fix"].startswith("jq sha256:")
    assert row["redriven_by"].startswith("arn:aws:")
    assert "order_placed" in row["condition"]

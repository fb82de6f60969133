"""`orderlake cost --measured` prices what a running embedded AWS has counted."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from click.testing import CliRunner

from infra.local.clock import ManualClock
from infra.local.metering import engine
from infra.local.server import EmbeddedAws
from orderlake.commands.cost import cost
from orderlake.cost.measured import METERING_PATH


def test_a_run_is_priced_by_what_was_counted() -> None:
    clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
    with EmbeddedAws(clock=clock, tick=False) as aws:
        client: Any = boto3.Session("any", "any", region_name="us-east-1").client
        client("kinesis", endpoint_url=aws.endpoint_url).create_stream(StreamName="orders", ShardCount=2)
        clock.advance(10 * 3600)

        answer = CliRunner().invoke(
            cost,
            ["--measured", "--endpoint-url", aws.endpoint_url, "--format", "json"],
            catch_exceptions=False,
        )

    bill = json.loads(answer.stdout)
    assert Decimal(bill["shard"]) == Decimal("0.30")  # two shards for ten hours
    assert bill["period"] == "10.00 hours"


def test_both_sides_mean_the_same_page() -> None:
    assert engine.METERING_PATH == METERING_PATH


def test_without_an_embedded_aws_it_says_what_to_start() -> None:
    answer = CliRunner().invoke(cost, ["--measured", "--endpoint-url", "http://127.0.0.1:9"])

    assert "nothing listens" in str(answer.exception)

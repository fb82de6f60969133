"""The embedded AWS counts what AWS would bill, by the clock and by the request."""

import json
import urllib.request
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest

from infra.local.clock import ManualClock
from infra.local.server import EmbeddedAws


def usage(aws: EmbeddedAws) -> dict[str, Decimal]:
    with urllib.request.urlopen(f"{aws.endpoint_url}/_orderlake/metering", timeout=5) as answer:  # noqa: S310 - http, ours
        document = json.load(answer)
    return {name: Decimal(count) for name, count in document["usage"].items()}


def test_standing_resources_cost_by_the_clock_and_requests_each() -> None:
    clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
    with EmbeddedAws(clock=clock, tick=False) as aws:
        client: Any = boto3.Session("any", "any", region_name="us-east-1").client
        kinesis = client("kinesis", endpoint_url=aws.endpoint_url)
        kinesis.create_stream(StreamName="orders", ShardCount=2)
        kinesis.put_records(
            StreamName="orders",
            Records=[{"Data": b"x" * size, "PartitionKey": "k"} for size in (1, 26 * 1024)],
        )
        client("cloudwatch", endpoint_url=aws.endpoint_url).put_metric_alarm(
            AlarmName="a",
            Namespace="N",
            MetricName="M",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        s3 = client("s3", endpoint_url=aws.endpoint_url)
        s3.create_bucket(Bucket="lake")
        s3.put_object(Bucket="lake", Key="key", Body=b"x" * 1024)
        clock.advance(3 * 3600)

        counted = usage(aws)

    assert counted["kinesis.shard_hours"] == 6
    assert counted["kinesis.put_units"] == 3
    assert counted["cloudwatch.alarms"] == pytest.approx(Decimal(3) / 730)
    assert counted["s3.put_requests"] == 2
    assert counted["s3.storage_gb_months"] * 1024**2 == pytest.approx(Decimal(3) / 730)

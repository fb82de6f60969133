"""Metrics and logs on the embedded AWS, over boto3: what one call puts, the others find."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.watch_harness import START, Watched, watched_aws


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Watched]:
    with watched_aws(tmp_path) as running:
        yield running


def put(aws: Watched, **datum: Any) -> None:
    aws.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "orders", **datum}])


def statistics(aws: Watched, **parameters: Any) -> list[dict[str, Any]]:
    asked = {
        "Period": 60,
        "Statistics": ["Sum"],
        "StartTime": START,
        "EndTime": START + timedelta(minutes=10),
    }
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName="orders", **asked | parameters
    )
    return list(answer["Datapoints"])


def emf(**members: Any) -> str:
    metadata = {
        "Timestamp": int(START.timestamp() * 1000),
        "CloudWatchMetrics": [
            {"Namespace": "Shop", "Dimensions": [[]], "Metrics": [{"Name": "orders", "Unit": "Count"}]}
        ],
    }
    return json.dumps({"_aws": metadata, **members})


def test_values_counts_and_ready_made_statistics_add_up(aws: Watched) -> None:
    put(aws, Value=1.0)
    put(aws, Values=[2.0, 3.0], Counts=[2.0, 1.0])
    put(aws, StatisticValues={"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6})
    (found,) = statistics(aws, Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"])
    assert {name: value for name, value in found.items() if name != "Timestamp"} == {
        "SampleCount": 6.0,
        "Sum": 18.0,
        "Average": 3.0,
        "Minimum": 1.0,
        "Maximum": 6.0,
        "Unit": "None",
    }
    assert found["Timestamp"] == START


def test_percentiles_are_extended_statistics(aws: Watched) -> None:
    put(aws, Values=[float(value) for value in range(1, 101)])
    (found,) = statistics(aws, Statistics=["Sum"], ExtendedStatistics=["p99", "p50"])
    assert found["ExtendedStatistics"] == {"p99": 99.0, "p50": 50.0}


def test_metric_data_answers_statistics_and_expressions_in_the_order_asked(aws: Watched) -> None:
    for minute, value in enumerate((1.0, 2.0, 4.0)):
        put(aws, Value=value, Timestamp=START + timedelta(minutes=minute))
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "orders"}, "Period": 60, "Stat": "Sum"}
    answer = aws.client("cloudwatch").get_metric_data(
        StartTime=START,
        EndTime=START + timedelta(minutes=4),
        MetricDataQueries=[
            {"Id": "m1", "MetricStat": stat},
            {"Id": "e1", "Expression": "FILL(m1, 0) * 10", "Label": "tenfold"},
        ],
        ScanBy="TimestampAscending",
    )
    assert [(found["Id"], found["Label"], found["Values"]) for found in answer["MetricDataResults"]] == [
        ("m1", "orders", [1.0, 2.0, 4.0]),
        ("e1", "tenfold", [10.0, 20.0, 40.0, 0.0]),
    ]


@pytest.mark.parametrize("expression", ["m9 + 1", "e1 + 1", "SEARCH('a', 'Sum')", "1 +"])
def test_a_wrong_expression_is_refused(aws: Watched, expression: str) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        aws.client("cloudwatch").get_metric_data(
            StartTime=START,
            EndTime=START + timedelta(minutes=4),
            MetricDataQueries=[{"Id": "e1", "Expression": expression}],
        )


def test_metrics_of_engines_are_listed_beside_those_that_were_put(aws: Watched) -> None:
    put(aws, Value=1.0, Dimensions=[{"Name": "shop", "Value": "1"}])
    aws.metrics.put("AWS/Kinesis", "IncomingRecords", 5, dimensions={"StreamName": "orders"})
    cloudwatch = aws.client("cloudwatch")
    assert [found["MetricName"] for found in cloudwatch.list_metrics()["Metrics"]] == [
        "IncomingRecords",
        "orders",
    ]
    (only,) = cloudwatch.list_metrics(Namespace="Shop", Dimensions=[{"Name": "shop"}])["Metrics"]
    assert only["Dimensions"] == [{"Name": "shop", "Value": "1"}]
    assert cloudwatch.list_metrics(Dimensions=[{"Name": "shop", "Value": "2"}])["Metrics"] == []


@pytest.mark.parametrize("offset", [timedelta(days=-15), timedelta(hours=3)])
def test_data_too_old_or_ahead_is_refused(aws: Watched, offset: timedelta) -> None:
    with pytest.raises(ClientError, match="past two weeks"):
        put(aws, Value=1.0, Timestamp=START + offset)


def test_lines_of_engines_can_be_read_through_the_api(aws: Watched) -> None:
    aws.logs.write("/aws/lambda/ingest", "one", ["START", "END"])
    aws.logs.write("/aws/lambda/ingest", "two", ["START"])
    logs = aws.client("logs")
    events = logs.get_log_events(logGroupName="/aws/lambda/ingest", logStreamName="one")["events"]
    assert [event["message"] for event in events] == ["START", "END"]
    assert {event["timestamp"] for event in events} == {int(START.timestamp() * 1000)}
    found = logs.filter_log_events(logGroupName="/aws/lambda/ingest", filterPattern="START")["events"]
    assert len(found) == 2


def test_embedded_metrics_in_lines_of_engines_are_metrics(aws: Watched) -> None:
    line = emf(orders=[3, 4])
    aws.logs.write("/aws/lambda/ingest", "one", ["START", line])
    (found,) = statistics(aws)
    assert (found["Sum"], found["Unit"]) == (7.0, "Count")
    events = aws.client("logs").get_log_events(logGroupName="/aws/lambda/ingest", logStreamName="one")[
        "events"
    ]
    assert events[1]["message"] == line


def test_embedded_metrics_put_over_the_api_are_metrics_too(aws: Watched) -> None:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    now = int(START.timestamp() * 1000)
    old = now - 15 * 86_400_000
    answer = logs.put_log_events(
        logGroupName="g",
        logStreamName="s",
        logEvents=[
            {"timestamp": old, "message": emf(orders=1)},
            {"timestamp": now, "message": emf(orders=2)},
        ],
    )
    assert answer["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"] == 1
    assert [found["Sum"] for found in statistics(aws)] == [2.0]


def test_a_line_that_breaks_the_format_stays_a_line_and_is_counted(aws: Watched) -> None:
    aws.logs.write("g", "s", [emf(orders="many"), emf(orders=1)])
    assert [found["Sum"] for found in statistics(aws)] == [1.0]
    errors = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Logs",
        MetricName="EMFValidationErrors",
        Dimensions=[{"Name": "LogGroupName", "Value": "g"}],
        StartTime=START,
        EndTime=START + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    assert [found["Sum"] for found in errors["Datapoints"]] == [1.0]
    assert len(aws.client("logs").get_log_events(logGroupName="g", logStreamName="s")["events"]) == 2

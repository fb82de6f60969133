"""Alarms on the embedded AWS, over boto3: states, messages, history."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.watch_harness import Watched, watched_aws

AGE = {
    "Namespace": "AWS/Lambda",
    "MetricName": "IteratorAge",
    "Dimensions": [{"Name": "FunctionName", "Value": "orderlake-dev-order-ingest"}],
}
RUNBOOK = "Orders arrive late. Runbook: docs/runbooks/stream-lag.md"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Watched]:
    with watched_aws(tmp_path) as running:
        yield running


def put_alarm(aws: Watched, name: str = "lag", **changes: Any) -> None:
    definition = {
        **AGE,
        "AlarmDescription": RUNBOOK,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 60_000.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    } | changes
    present = {key: value for key, value in definition.items() if value is not None}
    aws.client("cloudwatch").put_metric_alarm(AlarmName=name, **present)


def age(aws: Watched, millis: float) -> None:
    """What the Lambda engine reports when it reads a record that old."""
    aws.metrics.put(
        "AWS/Lambda",
        "IteratorAge",
        millis,
        unit="Milliseconds",
        dimensions={"FunctionName": "orderlake-dev-order-ingest"},
    )


def alarm(aws: Watched, name: str = "lag") -> dict[str, Any]:
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(found)


def state(aws: Watched, name: str = "lag") -> str:
    return str(alarm(aws, name)["StateValue"])


def test_an_alarm_has_insufficient_data_at_first(aws: Watched) -> None:
    put_alarm(aws)
    found = alarm(aws)
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert found["StateReason"] == "Unchecked: Initial alarm creation"
    assert found["AlarmDescription"] == RUNBOOK


def test_a_consumer_that_stops_for_ninety_seconds_raises_the_lag_alarm_and_its_return_ends_it(
    aws: Watched,
) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, AlarmActions=[topic], OKActions=[topic])
    age(aws, 800)
    aws.pass_minutes()
    assert [message["NewStateValue"] for message in aws.messages(queue)] == ["OK"]

    aws.clock.advance(30)  # stopped at :00, 90 seconds long; then the first read finds old records
    aws.pass_minutes()
    age(aws, 90_000)
    aws.pass_minutes()
    assert state(aws) == "ALARM"
    (raised,) = aws.messages(queue)
    assert (raised["OldStateValue"], raised["NewStateValue"]) == ("OK", "ALARM")

    age(aws, 300)
    aws.pass_minutes()
    assert state(aws) == "OK"
    assert [message["NewStateValue"] for message in aws.messages(queue)] == ["OK"]


def test_a_run_that_keeps_up_raises_no_alarm(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, AlarmActions=[topic])
    for second in range(0, 1800, 20):
        age(aws, 60_000 if second % 60 else 10)  # on the threshold is not above it
        aws.clock.advance(20)
        aws.engine.tick()
    assert state(aws) == "OK"
    assert aws.messages(queue) == []
    kinds = aws.client("cloudwatch").describe_alarm_history(AlarmName="lag", HistoryItemType="Action")
    assert kinds["AlarmHistoryItems"] == []


def test_the_message_has_the_shape_that_aws_sends(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, AlarmActions=[topic], DatapointsToAlarm=1)
    age(aws, 61_000)
    aws.pass_minutes()
    (message,) = aws.messages(queue)
    assert message == {
        "Subject": 'ALARM: "lag" in US East (N. Virginia)',
        "AlarmName": "lag",
        "AlarmDescription": RUNBOOK,
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-03-02T12:00:00.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": (
            "Threshold Crossed: 1 out of the last 1 datapoints [61000.0 (02/03/26 12:00:00)] was greater "
            "than the threshold (60000.0) (minimum 1 datapoint for OK -> ALARM transition)."
        ),
        "StateChangeTime": "2026-03-02T12:01:00.000+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:lag",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "IteratorAge",
            "Namespace": "AWS/Lambda",
            "StatisticType": "Statistic",
            "Statistic": "MAXIMUM",
            "Unit": None,
            "Dimensions": [{"value": "orderlake-dev-order-ingest", "name": "FunctionName"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 60000.0,
            "TreatMissingData": "notBreaching",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_two_of_three_periods_must_breach(aws: Watched) -> None:
    put_alarm(aws, EvaluationPeriods=3, DatapointsToAlarm=2)
    states = []
    for millis in (90_000, 100, 100, 90_000, 90_000, 100, 100):
        age(aws, millis)
        aws.pass_minutes()
        states.append(state(aws))
    assert states == ["OK", "OK", "OK", "OK", "ALARM", "ALARM", "OK"]


def test_a_minute_without_data_is_told_as_the_alarm_treats_it(aws: Watched) -> None:
    put_alarm(aws, "breaching", TreatMissingData="breaching")
    put_alarm(aws, "missing", TreatMissingData="missing")
    aws.pass_minutes()
    assert alarm(aws, "breaching")["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period "
        "and 1 missing datapoint was treated as [Breaching]."
    )
    assert state(aws, "missing") == "INSUFFICIENT_DATA"
    age(aws, 1)
    aws.pass_minutes()
    assert state(aws, "missing") == "OK"
    aws.pass_minutes(3)
    found = alarm(aws, "missing")
    assert (found["StateValue"], found["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Insufficient Data: 1 datapoint was unknown.",
    )


def test_longer_periods_slide_by_the_minute(aws: Watched) -> None:
    put_alarm(aws, Period=300, Statistic="Sum", Threshold=3)
    aws.pass_minutes(3)
    for _ in range(4):
        age(aws, 1)
        aws.pass_minutes()
    assert state(aws) == "ALARM"
    age(aws, 0)
    aws.pass_minutes(5)
    assert state(aws) == "OK"


def test_the_last_real_point_counts_until_it_leaves_the_evaluation_range(aws: Watched) -> None:
    put_alarm(aws)
    age(aws, 90_000)
    states = []
    for _ in range(4):
        aws.pass_minutes()
        states.append(state(aws))
    assert states == ["ALARM", "ALARM", "ALARM", "OK"]


def test_ten_second_alarms_follow_high_resolution_metrics(aws: Watched) -> None:
    put_alarm(aws, Period=10, Threshold=5)
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {"MetricName": "IteratorAge", "Dimensions": AGE["Dimensions"], "Value": 9, "StorageResolution": 1}
        ],
    )
    aws.clock.advance(10)
    aws.engine.tick()
    assert state(aws) == "ALARM"


def test_percentiles_can_alarm_and_low_samples_can_be_ignored(aws: Watched) -> None:
    percentile = {"Statistic": None, "ExtendedStatistic": "p90"}
    put_alarm(aws, "evaluate", **percentile)
    put_alarm(aws, "ignore", **percentile, EvaluateLowSampleCountPercentile="ignore")
    for millis in [100] * 8 + [70_000] * 2:
        age(aws, millis)
    aws.pass_minutes()
    assert state(aws, "evaluate") == "ALARM"
    assert state(aws, "ignore") == "INSUFFICIENT_DATA"


def test_an_alarm_can_watch_an_expression(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    stat = {"Period": 60, "Stat": "Sum"}
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="failures",
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
        Metrics=[
            {
                "Id": "share",
                "Expression": "100 * FILL(errors, 0) / calls",
                "Label": "share",
                "ReturnData": True,
            },
            {
                "Id": "errors",
                "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "errors"}, **stat},
                "ReturnData": False,
            },
            {
                "Id": "calls",
                "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "calls"}, **stat},
                "ReturnData": False,
            },
        ],
    )
    aws.metrics.put("N", "calls", 50)
    aws.pass_minutes()
    assert state(aws, "failures") == "OK"
    aws.metrics.put("N", "calls", 50)
    aws.metrics.put("N", "errors", 3)
    aws.pass_minutes()
    assert state(aws, "failures") == "ALARM"
    assert [query["Id"] for query in alarm(aws, "failures")["Metrics"]] == ["share", "errors", "calls"]
    (message,) = aws.messages(queue)
    assert message["Trigger"]["Metrics"][0]["Expression"] == "100 * FILL(errors, 0) / calls"


def test_disabled_actions_are_not_taken_and_the_state_changes_all_the_same(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, AlarmActions=[topic], ActionsEnabled=False)
    age(aws, 90_000)
    aws.pass_minutes()
    assert state(aws) == "ALARM"
    assert aws.messages(queue) == []


def test_a_state_that_was_set_by_hand_acts_and_lasts_until_the_next_evaluation(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, AlarmActions=[topic])
    age(aws, 1)
    aws.pass_minutes()
    aws.client("cloudwatch").set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="drill")
    (message,) = aws.messages(queue)
    assert message["NewStateReason"] == "drill"
    aws.pass_minutes()
    assert state(aws) == "OK"


def test_the_history_tells_what_happened_newest_first(aws: Watched) -> None:
    gone = "arn:aws:sns:us-east-1:123456789012:gone"
    put_alarm(aws, AlarmActions=[gone])
    age(aws, 90_000)
    aws.pass_minutes()
    items = aws.client("cloudwatch").describe_alarm_history(AlarmName="lag")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        (
            "Action",
            f"Failed to execute action {gone}. Received error: the topic does not exist",
        ),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("ConfigurationUpdate", 'Alarm "lag" created'),
    ]
    assert json.loads(items[1]["HistoryData"])["newState"]["stateValue"] == "ALARM"


def test_a_changed_alarm_keeps_its_state(aws: Watched) -> None:
    put_alarm(aws)
    age(aws, 90_000)
    aws.pass_minutes()
    put_alarm(aws, Threshold=70_000.0)
    assert state(aws) == "ALARM"


def test_a_clock_that_jumps_evaluates_every_minute_in_between(aws: Watched) -> None:
    put_alarm(aws)
    aws.clock.advance(90)
    age(aws, 90_000)
    aws.clock.advance(600)
    aws.engine.tick()
    items = aws.client("cloudwatch").describe_alarm_history(
        HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )
    times = [
        (item["Timestamp"].minute, item["HistorySummary"].split()[-1]) for item in items["AlarmHistoryItems"]
    ]
    assert times == [(1, "OK"), (2, "ALARM"), (5, "OK")]


def test_a_composite_alarm_follows_its_rule(aws: Watched) -> None:
    topic, queue = aws.subscribed_queue()
    put_alarm(aws, "lag")
    put_alarm(aws, "quiet", Threshold=1.0, ComparisonOperator="LessThanThreshold")
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("lag") AND NOT ALARM(quiet)', AlarmActions=[topic]
    )
    age(aws, 100)
    aws.pass_minutes()
    (both,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (both["StateValue"], both["AlarmRule"]) == ("OK", 'ALARM("lag") AND NOT ALARM(quiet)')
    age(aws, 90_000)
    aws.pass_minutes()
    (message,) = aws.messages(queue)
    assert message["AlarmName"] == "both"
    assert message["TriggeringChildren"][0]["State"]["Value"] == "ALARM"


@pytest.mark.parametrize(
    "changes",
    [
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        {"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
        {"Period": 45},
        {"ExtendedStatistic": "p99"},
        {"Statistic": None},
        {"TreatMissingData": "never"},
        {"MetricName": None},
    ],
)
def test_a_wrong_alarm_is_refused_with_a_clear_error(aws: Watched, changes: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        put_alarm(aws, **changes)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize("rule", ['ALARM("none")', "ALARM(lag", "lag", "ALARM(lag) ALARM(lag)"])
def test_a_wrong_rule_of_a_composite_is_refused(aws: Watched, rule: str) -> None:
    put_alarm(aws)
    with pytest.raises(ClientError) as caught:
        aws.client("cloudwatch").put_composite_alarm(AlarmName="both", AlarmRule=rule)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_deleted_alarm_is_gone_and_a_second_delete_says_so(aws: Watched) -> None:
    put_alarm(aws)
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=["lag"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_alarms(AlarmNames=["lag"])


def test_clients_that_speak_the_older_query_protocol_are_understood(aws: Watched) -> None:
    parameters = {
        "Action": "PutMetricAlarm",
        "Version": "2010-08-01",
        "AlarmName": "lag",
        "Namespace": "AWS/Lambda",
        "MetricName": "IteratorAge",
        "Dimensions.member.1.Name": "FunctionName",
        "Dimensions.member.1.Value": "orderlake-dev-order-ingest",
        "Statistic": "Maximum",
        "Period": "60",
        "EvaluationPeriods": "1",
        "Threshold": "60000",
        "ComparisonOperator": "GreaterThanThreshold",
    }
    query(aws, parameters)
    age(aws, 90_000)
    aws.pass_minutes()
    shown = query(aws, {"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": "lag"})
    assert "<StateValue>ALARM</StateValue>" in shown


def query(aws: Watched, parameters: dict[str, str]) -> str:
    request = urllib.request.Request(  # noqa: S310  loopback
        aws.endpoint_url,
        data=urllib.parse.urlencode(parameters).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260302/us-east-1/monitoring/aws4_request",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310  loopback
        return str(answer.read().decode())

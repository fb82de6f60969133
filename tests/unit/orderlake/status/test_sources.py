"""What each source of a status calls a problem, and what it asks AWS."""

from datetime import UTC, datetime

import pytest

from orderlake import operations
from orderlake.operations import Row
from tests.unit.orderlake.status.fakes import FakeClient, fake_aws, source

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
JOB: Row = {"job": "orderlake-dev-silver", "state": "SUCCEEDED", "message": None}
ALARM: Row = {"alarm": "stream-lag", "state": "OK", "what_it_means": "Orders wait. Runbook: x/stream-lag.md"}
LEDGER: Row = {"ledger": "stream", "missing": 0, "failed": 0, "unbalanced": 0}


@pytest.mark.parametrize("state", ["SUCCEEDED", "RUNNING", "STARTING"])
def test_a_job_that_ended_well_or_still_runs_is_no_problem(state: str) -> None:
    assert source("jobs").problem({**JOB, "state": state}) is None


@pytest.mark.parametrize("state", ["FAILED", "TIMEOUT", "STOPPED", "ERROR"])
def test_a_job_that_ended_otherwise_is_named_with_its_reason(state: str) -> None:
    found = source("jobs").problem({**JOB, "state": state, "message": "out of memory"})

    assert found == f"job orderlake-dev-silver ended {state}: out of memory"


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_does_not_ring_is_no_problem(state: str) -> None:
    assert source("alarms").problem({**ALARM, "state": state}) is None


def test_an_alarm_that_rings_is_named_with_its_runbook() -> None:
    found = source("alarms").problem({**ALARM, "state": "ALARM"})

    assert found == "alarm stream-lag: Orders wait. Runbook: x/stream-lag.md"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, None),
        ({"missing": 2, "unbalanced": 1}, "stream ledger: 2 missing"),
        ({"failed": 3}, "stream ledger: 3 in a failure store"),
        ({"unbalanced": 1}, "stream ledger: records in two places"),
        ({"ledger": "silver", "unbalanced": 1}, "silver ledger: events twice"),
    ],
)
def test_a_ledger_that_does_not_balance_says_how(counts: Row, said: str | None) -> None:
    found = source("ledger").problem({**LEDGER, **counts})

    assert found == (said and f"{said}: orderlake audit says which")


def test_the_last_run_of_a_job_is_asked_for_alone() -> None:
    run = {"JobName": "orderlake-dev-silver", "StartedOn": NOW, "JobRunState": "FAILED", "ErrorMessage": "x"}
    glue = FakeClient({"get_job_runs": {"JobRuns": [run]}})

    (row,) = operations.job_runs(fake_aws(glue=glue), 1)

    assert glue.asked == [("get_job_runs", {"JobName": "orderlake-dev-silver", "MaxResults": 1})]
    assert (row["state"], row["message"], row["seconds"]) == ("FAILED", "x", 0)


def test_alarms_that_ring_come_first_and_have_short_names() -> None:
    found = [
        {"AlarmName": f"orderlake-dev-{name}", "StateValue": state, "StateUpdatedTimestamp": NOW}
        for name, state in (("a", "OK"), ("b", "INSUFFICIENT_DATA"), ("c", "ALARM"))
    ]
    page = {"MetricAlarms": found, "CompositeAlarms": []}

    rows = operations.alarms(fake_aws(cloudwatch=FakeClient({"describe_alarms": page})))

    assert [(row["alarm"], row["state"]) for row in rows] == [
        ("c", "ALARM"),
        ("b", "INSUFFICIENT_DATA"),
        ("a", "OK"),
    ]


def test_rates_are_averages_of_five_minutes_and_zero_without_data() -> None:
    results = [{"Id": "m0", "Values": [100.0, 200.0]}, {"Id": "m1", "Values": [290.0]}]
    cloudwatch = FakeClient({"get_metric_data": {"MetricDataResults": results}})

    rows = operations.rates(fake_aws(cloudwatch=cloudwatch), NOW)

    assert [(row["flow"], row["count"], row["per_second"]) for row in rows] == [
        ("records in", 300, 1.0),
        ("events accepted", 290, 0.97),
        ("events rejected", 0, 0.0),
    ]


@pytest.mark.parametrize(("profile", "namespace"), [("stream", "AWS/Kinesis"), ("direct", "AWS/Firehose")])
def test_what_comes_in_is_counted_where_it_comes_in(profile: str, namespace: str) -> None:
    cloudwatch = FakeClient({"get_metric_data": {"MetricDataResults": []}})

    operations.rates(fake_aws(profile, cloudwatch=cloudwatch), NOW)  # type: ignore[arg-type]

    ((_, asked),) = cloudwatch.asked
    assert asked["MetricDataQueries"][0]["MetricStat"]["Metric"]["Namespace"] == namespace


def test_a_shard_that_was_split_takes_nothing_more() -> None:
    shards = [
        {"ShardId": "a", "SequenceNumberRange": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"}},
        {"ShardId": "b", "SequenceNumberRange": {"StartingSequenceNumber": "1"}},
    ]

    assert operations.open_shards(fake_aws(kinesis=FakeClient({"list_shards": {"Shards": shards}}))) == ["b"]

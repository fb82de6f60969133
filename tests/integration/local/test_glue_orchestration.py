"""Triggers and workflows on the embedded AWS: real jobs, over boto3."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.clock import ManualClock
from infra.local.engine import Engine
from infra.local.glue.orchestration_engine import install
from tests.integration.local.aws_harness import Aws, running_aws

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def aws(tmp_path: Path, clock: ManualClock) -> Iterator[Aws]:
    with running_aws(tmp_path, clock=clock) as running:
        yield running


@pytest.fixture
def orchestration(aws: Aws) -> Engine:
    """Silver every hour, then gold, in one workflow."""
    engine = install(aws.runtime, aws.glue_engine)
    glue = aws.client("glue")
    for job in ("silver", "gold"):
        aws.objects.put("lake", f"jobs/{job}.py", f"print('{job} ran')".encode())
        glue.create_job(
            Name=job,
            Role="arn:aws:iam::123456789012:role/job",
            Command={
                "Name": "pythonshell",
                "ScriptLocation": f"s3://lake/jobs/{job}.py",
                "PythonVersion": "3.9",
            },
        )
    glue.create_workflow(Name="refresh", DefaultRunProperties={"origin": "test"}, MaxConcurrentRuns=1)
    glue.create_trigger(
        Name="hourly",
        WorkflowName="refresh",
        Type="SCHEDULED",
        Schedule="cron(0 * * * ? *)",
        Actions=[{"JobName": "silver"}],
        StartOnCreation=True,
    )
    glue.create_trigger(
        Name="then",
        WorkflowName="refresh",
        Type="CONDITIONAL",
        Predicate={
            "Conditions": [{"LogicalOperator": "EQUALS", "JobName": "silver", "State": "SUCCEEDED"}],
            "Logical": "AND",
        },
        Actions=[{"JobName": "gold"}],
        StartOnCreation=True,
    )
    return engine


def ended_run(aws: Aws) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        runs = aws.client("glue").get_workflow_runs(Name="refresh", IncludeGraph=True)["Runs"]
        if runs and runs[0]["Status"] not in ("RUNNING", "STOPPING"):
            return dict(runs[0])
        time.sleep(0.05)
    raise AssertionError(f"the workflow did not end: {runs}")


def test_the_schedule_runs_silver_then_gold_as_one_workflow_run(
    aws: Aws, orchestration: Engine, clock: ManualClock
) -> None:
    orchestration.tick()
    assert aws.client("glue").get_workflow_runs(Name="refresh")["Runs"] == []
    clock.advance(1800)
    orchestration.tick()
    run = ended_run(aws)
    assert run["Status"] == "COMPLETED"
    assert run["WorkflowRunProperties"] == {"origin": "test"}
    assert run["Statistics"]["TotalActions"] == run["Statistics"]["SucceededActions"] == 2
    nodes = {node["Name"]: node for node in run["Graph"]["Nodes"]}
    assert sorted(nodes) == ["gold", "hourly", "silver", "then"]
    (gold,) = nodes["gold"]["JobDetails"]["JobRuns"]
    assert (gold["TriggerName"], gold["JobRunState"]) == ("then", "SUCCEEDED")
    assert gold["Arguments"]["--WORKFLOW_RUN_ID"] == run["WorkflowRunId"]
    by_id = {node["UniqueId"]: node["Name"] for node in run["Graph"]["Nodes"]}
    edges = {(by_id[edge["SourceId"]], by_id[edge["DestinationId"]]) for edge in run["Graph"]["Edges"]}
    assert edges == {("hourly", "silver"), ("silver", "then"), ("then", "gold")}


def test_a_workflow_can_be_started_by_hand_and_shows_its_last_run(aws: Aws, orchestration: Engine) -> None:
    glue = aws.client("glue")
    run_id = glue.start_workflow_run(Name="refresh", RunProperties={"reason": "drill"})["RunId"]
    with pytest.raises(ClientError, match="ConcurrentRunsExceeded"):
        glue.start_workflow_run(Name="refresh")
    assert ended_run(aws)["WorkflowRunId"] == run_id
    assert glue.get_workflow(Name="refresh")["Workflow"]["LastRun"]["Status"] == "COMPLETED"
    assert (
        glue.get_workflow_run_properties(Name="refresh", RunId=run_id)["RunProperties"]["reason"] == "drill"
    )


def test_a_job_started_by_hand_triggers_nothing(aws: Aws, orchestration: Engine) -> None:
    glue = aws.client("glue")
    run_id = glue.start_job_run(JobName="silver")["JobRunId"]
    deadline = time.monotonic() + 60
    while glue.get_job_run(JobName="silver", RunId=run_id)["JobRun"]["JobRunState"] != "SUCCEEDED":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    aws.glue_engine.drain()
    assert glue.get_job_runs(JobName="gold")["JobRuns"] == []


def test_triggers_start_stop_change_and_show_their_state(
    aws: Aws, orchestration: Engine, clock: ManualClock
) -> None:
    glue = aws.client("glue")
    assert glue.get_trigger(Name="hourly")["Trigger"]["State"] == "ACTIVATED"
    glue.stop_trigger(Name="hourly")
    assert glue.get_trigger(Name="hourly")["Trigger"]["State"] == "DEACTIVATED"
    changed = glue.update_trigger(
        Name="hourly",
        TriggerUpdate={"Schedule": "cron(0/5 * * * ? *)", "Actions": [{"JobName": "silver"}]},
    )["Trigger"]
    assert changed["Schedule"] == "cron(0/5 * * * ? *)"
    clock.advance(3600)
    orchestration.tick()
    assert glue.get_workflow_runs(Name="refresh")["Runs"] == []
    glue.start_trigger(Name="hourly")
    clock.advance(300)
    orchestration.tick()
    assert ended_run(aws)["Status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"Schedule": "cron(0 * * * * *)"}, "InvalidInputException"),
        ({"Actions": [{"JobName": "bronze"}]}, "EntityNotFoundException"),
        ({"Actions": [{"CrawlerName": "crawler"}]}, "InvalidInputException"),
        ({"Actions": []}, "InvalidInputException"),
        ({"WorkflowName": "none"}, "EntityNotFoundException"),
        ({"Name": "hourly"}, "AlreadyExistsException"),
        ({"Type": "ON_DEMAND", "StartOnCreation": True}, "InvalidInputException"),
        ({"Type": "CONDITIONAL"}, "InvalidInputException"),
    ],
)
def test_a_wrong_trigger_is_refused_and_leaves_nothing(
    aws: Aws, orchestration: Engine, changes: dict[str, Any], error: str
) -> None:
    definition = {
        "Name": "wrong",
        "Type": "SCHEDULED",
        "Schedule": "cron(0 * * * ? *)",
        "Actions": [{"JobName": "silver"}],
    } | changes
    glue = aws.client("glue")
    with pytest.raises(ClientError, match=error):
        glue.create_trigger(**definition)
    assert sorted(glue.list_triggers()["TriggerNames"]) == ["hourly", "then"]

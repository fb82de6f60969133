"""A job run that ends is an event; Terraform's rule for failed jobs tells the topic of alarms."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.glue.orchestration_engine import install
from infra.local.recording.store import load
from tests.integration.local.aws_harness import ACCOUNT, REGION, Aws, running_aws

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
FAILS = b"import sys\nsys.exit('the table is locked')"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    """A topic with a queue, and Terraform's rule in front of it."""
    with running_aws(tmp_path) as running:
        install(running.runtime, running.glue_engine)
        sns, sqs, events = running.client("sns"), running.client("sqs"), running.client("events")
        sns.create_topic(Name="alarms")
        sqs.create_queue(QueueName="alarms")
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:alarms")
        (rule,) = [call.body["json"] for call in load() if call.action == "PutRule"]
        pattern = rule["EventPattern"].replace("{{environment}}", "dev")
        events.put_rule(Name="job-failed", EventPattern=pattern)
        events.put_targets(Rule="job-failed", Targets=[{"Id": "alarms", "Arn": TOPIC}])
        yield running


def run(aws: Aws, name: str, script: bytes) -> str:
    """Run a job to its end; gives the state it ended in."""
    aws.objects.put("lake", f"jobs/{name}.py", script)
    glue = aws.client("glue")
    command = {
        "Name": "pythonshell",
        "ScriptLocation": f"s3://lake/jobs/{name}.py",
        "PythonVersion": "3.9",
    }
    glue.create_job(Name=name, Role=f"arn:aws:iam::{ACCOUNT}:role/job", Command=command)
    run_id = glue.start_job_run(JobName=name)["JobRunId"]
    deadline = time.monotonic() + 60
    state = ""
    while state not in ("SUCCEEDED", "FAILED"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        state = str(glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]["JobRunState"])
    aws.glue_engine.drain()
    return state


def told(aws: Aws) -> list[dict[str, Any]]:
    sqs = aws.client("sqs")
    queue = sqs.get_queue_url(QueueName="alarms")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(message["Body"])["Message"]) for message in found]


def test_a_job_that_fails_is_told_to_the_topic(aws: Aws) -> None:
    assert run(aws, "orderlake-dev-silver", FAILS) == "FAILED"

    (event,) = told(aws)
    assert (event["source"], event["detail-type"]) == ("aws.glue", "Glue Job State Change")
    assert event["detail"]["jobName"] == "orderlake-dev-silver"
    assert (event["detail"]["state"], event["detail"]["severity"]) == ("FAILED", "ERROR")
    assert "the table is locked" in event["detail"]["message"]


def test_a_job_that_succeeds_is_not(aws: Aws) -> None:
    assert run(aws, "orderlake-dev-silver", b"print('done')") == "SUCCEEDED"

    assert told(aws) == []


def test_nor_is_another_stacks_job_that_fails(aws: Aws) -> None:
    assert run(aws, "orderlake-prod-silver", FAILS) == "FAILED"

    assert told(aws) == []

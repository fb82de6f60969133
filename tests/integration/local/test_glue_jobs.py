"""Glue jobs on the embedded AWS: real processes, Glue's states."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.clock import ManualClock
from tests.integration.local.aws_harness import Aws, running_aws

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FINAL = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def aws(tmp_path: Path, clock: ManualClock) -> Iterator[Aws]:
    with running_aws(tmp_path, clock=clock) as running:
        yield running


def make_job(aws: Aws, script: str, **definition: Any) -> str:
    aws.objects.put("lake", "jobs/script.py", script.encode())
    aws.client("glue").create_job(
        Name="work",
        Role="arn:aws:iam::123456789012:role/job",
        Command={
            "Name": "pythonshell",
            "ScriptLocation": "s3://lake/jobs/script.py",
            "PythonVersion": "3.9",
        },
        **definition,
    )
    return "work"


def run_in_state(aws: Aws, run_id: str, wanted: set[str]) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        run: dict[str, Any] = aws.client("glue").get_job_run(JobName="work", RunId=run_id)["JobRun"]
        if run["JobRunState"] in wanted:
            return run
        time.sleep(0.02)
    raise AssertionError(f"run is {run['JobRunState']}, not one of {wanted}")


def start(aws: Aws, **arguments: Any) -> str:
    return str(aws.client("glue").start_job_run(JobName="work", **arguments)["JobRunId"])


def output(aws: Aws, run_id: str, stream: str = "output") -> list[str]:
    return aws.logs.lines[f"/aws-glue/python-jobs/{stream}", run_id]


def test_a_job_runs_its_script_and_logs_its_output(aws: Aws) -> None:
    make_job(aws, "print('hello')")
    run_id = start(aws)
    run = run_in_state(aws, run_id, FINAL)
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["CompletedOn"] == START
    assert output(aws, run_id) == ["hello"]


def test_a_script_sees_defaults_overlaid_by_the_runs_arguments(aws: Aws) -> None:
    make_job(
        aws,
        "import sys, json; print(json.dumps(sys.argv[1:]))",
        DefaultArguments={"--a": "1", "--b": "2"},
        NonOverridableArguments={"--c": "3"},
    )
    run_id = start(aws, Arguments={"--b": "two", "--c": "never"})
    run_in_state(aws, run_id, FINAL)
    words = json.loads(output(aws, run_id)[0])
    assert words[:6] == ["--a", "1", "--b", "two", "--c", "3"]


def test_a_script_imports_from_its_extra_files(aws: Aws) -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("extra_package/__init__.py", "")
        archive.writestr("extra_package/greeting.txt", "from the wheel")
    aws.objects.put("lake", "jobs/extra-1-py3-none-any.whl", wheel.getvalue())
    make_job(
        aws,
        "import extra_package, pathlib\n"
        "print(pathlib.Path(extra_package.__file__).with_name('greeting.txt').read_text())",
        DefaultArguments={"--extra-py-files": "s3://lake/jobs/extra-1-py3-none-any.whl"},
    )
    run_id = start(aws)
    run_in_state(aws, run_id, FINAL)
    assert output(aws, run_id) == ["from the wheel"]


def test_a_script_reaches_the_embedded_aws_and_nothing_else_of_the_environment(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    make_job(
        aws,
        "import boto3, os\n"
        "print(boto3.client('s3').list_buckets()['Buckets'][0]['Name'], 'SECRET_OF_THE_SHELL' in os.environ)",
    )
    run_id = start(aws)
    run_in_state(aws, run_id, FINAL)
    assert output(aws, run_id) == ["lake False"]


def test_a_failing_script_names_its_exception(aws: Aws) -> None:
    make_job(aws, "raise ValueError('no such shop')")
    run_id = start(aws)
    run = run_in_state(aws, run_id, FINAL)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: no such shop")
    assert output(aws, run_id, "error")[0] == "Traceback (most recent call last):"


def test_a_missing_script_fails_the_run_and_names_the_object(aws: Aws) -> None:
    make_job(aws, "")
    aws.client("s3").delete_object(Bucket="lake", Key="jobs/script.py")
    run = run_in_state(aws, start(aws), FINAL)
    assert run["JobRunState"] == "FAILED"
    assert "s3://lake/jobs/script.py" in run["ErrorMessage"]


def test_a_failed_run_is_tried_again_as_often_as_the_job_says(aws: Aws) -> None:
    make_job(aws, "raise SystemExit(3)", MaxRetries=1)
    first = start(aws)
    run_in_state(aws, first, FINAL)
    second = run_in_state(aws, f"{first}_attempt_1", FINAL)
    assert (second["Attempt"], second["PreviousRunId"]) == (1, first)
    assert len(aws.client("glue").get_job_runs(JobName="work")["JobRuns"]) == 2


def test_a_run_over_its_timeout_is_ended(aws: Aws, clock: ManualClock) -> None:
    make_job(aws, "import time; time.sleep(60)", Timeout=5)
    run_id = start(aws)
    run_in_state(aws, run_id, {"RUNNING"})
    clock.advance(299)
    aws.glue_engine.tick()
    assert run_in_state(aws, run_id, {"RUNNING"})
    clock.advance(1)
    aws.glue_engine.tick()
    assert run_in_state(aws, run_id, FINAL)["JobRunState"] == "TIMEOUT"


def test_a_stopped_run_ends_with_its_children(aws: Aws) -> None:
    make_job(
        aws,
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid); time.sleep(60)",
    )
    run_id = start(aws)
    while ("/aws-glue/python-jobs/output", run_id) not in aws.logs.lines:
        time.sleep(0.02)
    child = int(output(aws, run_id)[0])
    answer = aws.client("glue").batch_stop_job_run(JobName="work", JobRunIds=[run_id, "jr_unknown"])
    assert [done["JobRunId"] for done in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert run_in_state(aws, run_id, FINAL)["JobRunState"] == "STOPPED"
    status = Path(f"/proc/{child}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_more_runs_than_allowed_at_once_are_refused(aws: Aws) -> None:
    make_job(aws, "import time; time.sleep(60)")
    run_id = start(aws)
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        start(aws)
    aws.client("glue").batch_stop_job_run(JobName="work", JobRunIds=[run_id])
    run_in_state(aws, run_id, FINAL)
    assert start(aws)


def test_an_updated_job_runs_what_the_update_says(aws: Aws) -> None:
    make_job(aws, "raise SystemExit(1)")
    aws.objects.put("lake", "jobs/other.py", b"print('other')")
    aws.client("glue").update_job(
        JobName="work",
        JobUpdate={
            "Role": "arn:aws:iam::123456789012:role/job",
            "Command": {"Name": "pythonshell", "ScriptLocation": "s3://lake/jobs/other.py"},
        },
    )
    run_id = start(aws)
    assert run_in_state(aws, run_id, FINAL)["JobRunState"] == "SUCCEEDED"
    assert output(aws, run_id) == ["other"]


def test_a_ray_job_says_that_it_cannot_run_here(aws: Aws) -> None:
    aws.client("glue").create_job(
        Name="work", Role="r", Command={"Name": "glueray", "ScriptLocation": "s3://lake/x.py"}
    )
    run = run_in_state(aws, start(aws), FINAL)
    assert run["JobRunState"] == "FAILED"
    assert "glueray" in run["ErrorMessage"]

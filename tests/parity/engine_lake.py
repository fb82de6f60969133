"""A lake that engines build, by real jobs of the embedded Glue."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glue import gold, silver
from glue.erasure import CUSTOMER_ID, ErasureKey, folder, key_parameter
from infra.packaging import build_glue_bundle
from infra.stack import Stack
from tests.integration.lake.lake_harness import Event, LakeHarness
from tests.integration.local.aws_harness import Aws

_SCRIPT = Path(__file__).with_name("job_script.py")
_JOB_SECONDS = 600
_KINDS = {"duckdb": ("pythonshell", "3.9"), "spark": ("glueetl", "3")}


class EngineLake:
    """Bronze is put by hand; `start` runs an engine's job, by default the first's; `result` waits for it."""

    def __init__(self, aws: Aws, work_dir: Path, name: str, *engines: str) -> None:
        self._aws = aws
        self._name = name
        self._lake = LakeHarness(aws, work_dir, name)
        self._put("code/job.py", _SCRIPT.read_bytes())
        bundle = build_glue_bundle()
        self._put(f"code/{bundle.name}", bundle.path.read_bytes())
        settings = self._lake.settings
        names = [name for name in Stack.model_fields if hasattr(settings, name)]
        stack = {name: getattr(settings, name) for name in names}
        aws.client("ssm").put_parameter(Name=f"/{name}/stack", Value=json.dumps(stack), Type="String")
        self._jobs = {engine: f"{name}-{engine}" for engine in engines}
        for engine, job in self._jobs.items():
            kind, python = _KINDS[engine]
            aws.client("glue").create_job(
                Name=job,
                Role=f"arn:aws:iam::123456789012:role/{name}",
                Command={"Name": kind, "PythonVersion": python, "ScriptLocation": f"s3://{name}/code/job.py"},
                DefaultArguments={
                    "--stack-parameter": f"/{name}/stack",
                    "--engine": engine,
                    "--extra-py-files": f"s3://{name}/code/{bundle.name}",
                },
            )

    def put(self, rows: Sequence[Event], name: str) -> None:
        self._lake.put(rows, name)

    def put_bytes(self, body: bytes, name: str) -> None:
        self._lake.put_bytes(body, name)

    def list_as_erased(self, customer_id: str) -> None:
        """Put a customer on the list that every job honours."""
        settings = self._lake.settings
        ssm, secret = self._aws.client("ssm"), "secret"
        version = ssm.put_parameter(
            Name=key_parameter(settings.environment), Value=secret, Type="SecureString", Overwrite=True
        )["Version"]
        key = ErasureKey(str(version), secret)
        token = key.token(CUSTOMER_ID, customer_id)
        self._put(f"{folder(settings.audit_prefix)}{key.key_id}/{token}.json", b"{}")

    def start(self, engine: str | None = None) -> tuple[str, str]:
        """Start a run; returns its job and id."""
        job = self._jobs[engine or next(iter(self._jobs))]
        return job, str(self._aws.client("glue").start_job_run(JobName=job)["JobRunId"])

    def result(self, started: tuple[str, str]) -> Mapping[str, Any]:
        """What a run printed; an assertion error with its log if it failed."""
        job, run_id = started
        glue = self._aws.client("glue")
        deadline = time.monotonic() + _JOB_SECONDS
        while time.monotonic() < deadline:
            run = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            if run["JobRunState"] in {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}:
                errors = self._aws.logs.lines.get((f"{run['LogGroupName']}/error", run_id), [])
                assert run["JobRunState"] == "SUCCEEDED", "\n".join([*errors[:8], *errors[-40:]])
                (line,) = self._aws.logs.lines[f"{run['LogGroupName']}/output", run_id]
                document: Mapping[str, Any] = json.loads(line)
                return document
            time.sleep(0.2)
        raise AssertionError(f"{job} did not end within {_JOB_SECONDS} s")

    def tables(self) -> tuple[str, ...]:
        return (silver.ROOT, *silver.DERIVED, *gold.DERIVED)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, sorted."""
        return self._lake.rows(table)

    def _put(self, key: str, body: bytes) -> None:
        self._lake.s3.put_object(Bucket=self._name, Key=key, Body=body)

"""Job definitions and job runs: Glue's states, retries and limits. Running is `pythonshell`'s business."""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import uuid4

from moto.glue.exceptions import ConcurrentRunsExceededException, JobRunNotFoundException
from moto.glue.models import FakeJob

from infra.local.clock import Clock
from infra.local.glue import arguments

DEFAULT_TIMEOUT_MINUTES = 2880

_LEAST_DPU = "0.0625"
_DPU_OF_WORKER = {
    "G.025X": Decimal("0.25"),
    "G.1X": Decimal(1),
    "G.2X": Decimal(2),
    "G.4X": Decimal(4),
    "G.8X": Decimal(8),
}

_FIELD_BY_API_NAME = {
    "Command": "command",
    "Connections": "connections",
    "DefaultArguments": "default_arguments",
    "Description": "description",
    "ExecutionClass": "execution_class",
    "ExecutionProperty": "execution_property",
    "GlueVersion": "glue_version",
    "LogUri": "log_uri",
    "MaxCapacity": "max_capacity",
    "MaxRetries": "max_retries",
    "NonOverridableArguments": "non_overridable_arguments",
    "NotificationProperty": "notification_property",
    "NumberOfWorkers": "number_of_workers",
    "Role": "role",
    "SecurityConfiguration": "security_configuration",
    "SourceControlDetails": "source_control_details",
    "Timeout": "timeout",
    "WorkerType": "worker_type",
}


class RunState(StrEnum):
    """`JobRunState` as Glue names it."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"

    @property
    def is_final(self) -> bool:
        return self not in {RunState.STARTING, RunState.RUNNING, RunState.STOPPING}


@dataclass
class JobRun:
    """One run of a job, as `GetJobRun` shows it. Changed only through its methods, which lock."""

    job_run_id: str
    job_name: str
    command: Mapping[str, Any]
    arguments: Mapping[str, str]
    started_on: datetime
    timeout_minutes: int
    max_retries: int
    glue_version: str
    attempt: int = 0
    previous_run_id: str | None = None
    trigger_name: str | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)
    status: RunState = RunState.STARTING
    running_since: datetime | None = None
    completed_on: datetime | None = None
    error_message: str | None = None
    # What the run shall end as when its process is killed.
    ending: RunState | None = None
    kill: Callable[[], None] | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def get_name(self) -> str:
        return self.job_name

    @property
    def dpu(self) -> Decimal:
        """Data processing units that the run is billed for."""
        workers = self.shown.get("NumberOfWorkers")
        if workers:
            return int(workers) * _DPU_OF_WORKER.get(str(self.shown.get("WorkerType")), Decimal(1))
        return Decimal(str(self.shown.get("MaxCapacity") or _LEAST_DPU))

    @property
    def is_spark(self) -> bool:
        return self.command.get("Name") == "glueetl"

    @property
    def log_group(self) -> str:
        """What the names of the run's log groups begin with."""
        return "/aws-glue/jobs" if self.is_spark else "/aws-glue/python-jobs"

    @property
    def deadline(self) -> datetime:
        return (self.running_since or self.started_on) + timedelta(minutes=self.timeout_minutes)

    def attach(self, kill: Callable[[], None], now: datetime) -> None:
        """The process runs; if the run was stopped meanwhile, kill it at once."""
        with self.lock:
            self.kill = kill
            if self.ending is None:
                self.status = RunState.RUNNING
                self.running_since = now
                return
        kill()

    def end_as(self, state: RunState) -> bool:
        """Kill the run's process; it ends as `state`. False if it had ended or is ending already."""
        with self.lock:
            if self.status.is_final or self.ending is not None:
                return False
            self.ending = state
            if state is RunState.STOPPED:
                self.status = RunState.STOPPING
            kill = self.kill
        if kill is not None:
            kill()
        return True

    def complete(self, state: RunState, error_message: str | None, now: datetime) -> None:
        with self.lock:
            final = self.ending or state
            self.error_message = {
                RunState.TIMEOUT: f"Job run exceeded its timeout of {self.timeout_minutes} minutes",
                RunState.FAILED: error_message,
            }.get(final)
            self.completed_on = now
            self.status = final
            self.kill = None

    def as_dict(self) -> dict[str, Any]:
        with self.lock:
            shown: dict[str, Any] = {
                "Id": self.job_run_id,
                "Attempt": self.attempt,
                "JobName": self.job_name,
                "StartedOn": self.started_on,
                "LastModifiedOn": self.completed_on or self.running_since or self.started_on,
                "JobRunState": self.status.value,
                "Arguments": dict(self.arguments),
                "PredecessorRuns": [],
                "ExecutionTime": 0,
                "Timeout": self.timeout_minutes,
                "GlueVersion": self.glue_version,
                "LogGroupName": self.log_group,
                **self.shown,
            }
            if self.completed_on is not None:
                shown["CompletedOn"] = self.completed_on
                began = self.running_since or self.started_on
                shown["ExecutionTime"] = math.ceil((self.completed_on - began).total_seconds())
            optional = {
                "ErrorMessage": self.error_message,
                "PreviousRunId": self.previous_run_id,
                "TriggerName": self.trigger_name,
            }
            return shown | {name: value for name, value in optional.items() if value is not None}


class Job(FakeJob):
    """A job definition whose runs are handed to `launch`; newest runs come first, as Glue lists them."""

    def __init__(self, *, clock: Clock, launch: Callable[["Job", JobRun], None], **definition: Any) -> None:
        super().__init__(**definition)
        self.clock = clock
        self.launch = launch
        self.runs: list[JobRun] = []
        self._admission = threading.Lock()

    def update(self, job_update: Mapping[str, Any], now: datetime) -> None:
        """Replace the whole definition; what `job_update` does not name falls back to its default."""
        for api_name, attribute in _FIELD_BY_API_NAME.items():
            setattr(self, attribute, job_update.get(api_name))
        self.execution_property = self.execution_property or {}
        self.default_arguments = self.default_arguments or {}
        self.execution_class = self.execution_class or "STANDARD"
        self.last_modified_on = now

    def start_job_run(  # type: ignore[override]  # moto names every override
        self,
        *,
        arguments: Mapping[str, str] | None = None,
        timeout: int | None = None,
        previous_run_id: str | None = None,
        trigger_name: str | None = None,
        **overrides: Any,
    ) -> str:
        """Start a run and return its id; `ConcurrentRunsExceededException` at `MaxConcurrentRuns`."""
        run = self._new_run(arguments or {}, timeout, overrides)
        run.previous_run_id = previous_run_id
        run.trigger_name = trigger_name
        self._admit(run)
        return run.job_run_id

    def retry(self, failed: JobRun) -> None:
        """Start the next attempt of a failed run."""
        attempt = failed.attempt + 1
        first_id = failed.job_run_id.partition("_attempt_")[0]
        self._admit(
            JobRun(
                job_run_id=f"{first_id}_attempt_{attempt}",
                job_name=self.name,
                command=failed.command,
                arguments=failed.arguments,
                started_on=self.clock.now(),
                timeout_minutes=failed.timeout_minutes,
                max_retries=failed.max_retries,
                glue_version=failed.glue_version,
                attempt=attempt,
                previous_run_id=failed.job_run_id,
                trigger_name=failed.trigger_name,
                shown=failed.shown,
            )
        )

    def get_job_run(self, run_id: str) -> JobRun:  # type: ignore[override]
        for run in self.runs:
            if run.job_run_id == run_id:
                return run
        raise JobRunNotFoundException(run_id)

    def get_job_runs(self) -> list[JobRun]:  # type: ignore[override]
        return list(self.runs)

    def _new_run(
        self, run_arguments: Mapping[str, str], timeout: int | None, overrides: Mapping[str, Any]
    ) -> JobRun:
        shown = {
            "MaxCapacity": overrides.get("max_capacity") or self.max_capacity,
            "AllocatedCapacity": overrides.get("allocated_capacity") or self.allocated_capacity,
            "WorkerType": overrides.get("worker_type") or self.worker_type,
            "NumberOfWorkers": overrides.get("number_of_workers") or self.number_of_workers,
            "SecurityConfiguration": overrides.get("security_configuration") or self.security_configuration,
            "NotificationProperty": overrides.get("notification_property") or self.notification_property,
        }
        return JobRun(
            job_run_id=f"jr_{uuid4().hex}{uuid4().hex}",
            job_name=self.name,
            command=dict(cast("Mapping[str, Any]", self.command)),
            arguments=arguments.merged(
                self.default_arguments or {}, run_arguments, self.non_overridable_arguments or {}
            ),
            started_on=self.clock.now(),
            timeout_minutes=timeout or self.timeout or DEFAULT_TIMEOUT_MINUTES,
            max_retries=self.max_retries or 0,
            glue_version=self.glue_version or "3.0",
            shown={name: value for name, value in shown.items() if value is not None},
        )

    def _admit(self, run: JobRun) -> None:
        with self._admission:
            running = sum(not other.status.is_final for other in self.runs)
            if running >= (self.execution_property or {}).get("MaxConcurrentRuns", 1):
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {self.name}")
            self.runs.insert(0, run)
        self.launch(self, run)

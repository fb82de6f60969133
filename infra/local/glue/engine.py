"""The Glue engine: starts runs, ends those that are over time, and cleans up."""

import logging
import platform
import shutil
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from moto.glue.exceptions import ConcurrentRunsExceededException
from moto.glue.models import glue_backends

from infra.local.engine import Runtime
from infra.local.glue import glueetl
from infra.local.glue.arguments import EXTRA_PY_FILES, SCRIPT_LOCATION, s3_list
from infra.local.glue.backend import EngineGlueBackend
from infra.local.glue.jobs import Job, JobRun, RunState
from infra.local.glue.pythonshell import JobSetupError, PreparedScript, RunningScript, prepare
from infra.local.glue.spark_gateway import SparkGateway
from infra.local.role_calls import access_key_of
from infra.packaging import GLUE_PYTHON_SHELL, prepared_python_shell

_log = logging.getLogger(__name__)

Listener = Callable[[JobRun], None]


@dataclass(frozen=True, slots=True)
class JobSettings:
    """How jobs run here: the interpreters of Python shell and of Spark jobs, and how many run at once.

    `python_shell_libraries` is a folder for the path of Python shell jobs, before the interpreter's own.
    """

    python_shell: str = sys.executable
    python_shell_libraries: Path | None = None
    spark_python: str = sys.executable
    max_running: int = 8
    drain_seconds: float = 2.0

    @classmethod
    def as_deployed(cls) -> Self:
        """Python shell as on AWS where that was prepared on this machine, else the running interpreter."""
        found = prepared_python_shell()
        if not found.is_as_deployed:
            _log.info(
                "Python shell jobs run on Python %s: %s with its libraries was not prepared here",
                platform.python_version(),
                GLUE_PYTHON_SHELL,
            )
        return cls(python_shell=str(found.interpreter), python_shell_libraries=found.libraries)


class GlueEngine:
    """Runs jobs in child processes. `add_listener` hears of every run that ended (conditional triggers)."""

    def __init__(self, runtime: Runtime, settings: JobSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._folder = runtime.work_dir / "glue"
        self._pool = ThreadPoolExecutor(settings.max_running, thread_name_prefix="glue-job")
        self._active: dict[str, JobRun] = {}
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._closing = False

    def add_listener(self, listener: Listener) -> None:
        """`listener` is called with every run that reached a final state, in the run's thread."""
        self._listeners.append(listener)

    def backend(self) -> EngineGlueBackend:
        """The backend of the runtime's account and region."""
        return cast("EngineGlueBackend", glue_backends[self._runtime.account_id][self._runtime.region])

    def launch(self, job: Job, run: JobRun) -> None:
        with self._lock:
            self._active[run.job_run_id] = run
        self._pool.submit(self._run, job, run)

    def tick(self) -> None:
        now = self._runtime.clock.now()
        for run in self._running():
            if now >= run.deadline:
                run.end_as(RunState.TIMEOUT)

    def drain(self) -> None:
        """Give running jobs a moment to end; the rest is stopped by `close` and can be run again."""
        deadline = self._settings.drain_seconds
        for run in self._running():
            run.ended.wait(deadline)

    def close(self) -> None:
        self._closing = True
        for run in self._running():
            run.end_as(RunState.STOPPED)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _running(self) -> list[JobRun]:
        with self._lock:
            return list(self._active.values())

    def _run(self, job: Job, run: JobRun) -> None:
        folder = self._folder / run.job_run_id
        began = time.monotonic()
        try:
            state, message = self._execute(job, run, folder)
        except (JobSetupError, OSError) as error:
            self._runtime.logs.write(f"{run.log_group}/error", run.job_run_id, [str(error)])
            state, message = RunState.FAILED, str(error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._runtime.meter.ran_job(time.monotonic() - began, run.dpu)
        run.complete(state, message, self._runtime.clock.now())
        for listener in self._listeners:
            listener(run)
        with self._lock:
            self._active.pop(run.job_run_id, None)
        if run.status is RunState.FAILED and run.attempt < run.max_retries and not self._closing:
            self._retry(job, run)
        run.ended.set()

    def _execute(self, job: Job, run: JobRun, folder: Path) -> tuple[RunState, str | None]:
        if run.is_spark:
            gateway = SparkGateway(
                self._runtime.endpoint_url, self._runtime.region, access_key_of(str(job.role))
            )
            with gateway:
                prepared = self._prepare(job, run, folder, self._settings.spark_python)
                return self._start(job, run, glueetl.as_spark_job(prepared, run.arguments, gateway))
        if run.command.get("Name") != "pythonshell":
            raise JobSetupError(
                f"A job of kind {run.command.get('Name')!r} cannot run on the embedded AWS: "
                "only pythonshell and glueetl can"
            )
        prepared = self._prepare(job, run, folder, self._settings.python_shell)
        if self._settings.python_shell_libraries is not None:
            prepared = prepared.with_libraries(self._settings.python_shell_libraries)
        return self._start(job, run, prepared)

    def _prepare(self, job: Job, run: JobRun, folder: Path, interpreter: str) -> PreparedScript:
        return prepare(
            self._runtime.objects,
            folder,
            interpreter=interpreter,
            script_location=run.command.get("ScriptLocation", ""),
            arguments=run.arguments,
            endpoint_url=self._runtime.endpoint_url,
            region=self._runtime.region,
            access_key=access_key_of(str(job.role)),
        )

    def _start(self, job: Job, run: JobRun, prepared: PreparedScript) -> tuple[RunState, str | None]:
        self._note(str(job.role), run)
        if run.ending is not None:
            return run.ending, None
        script = RunningScript(prepared, self._runtime.logs, run.log_group, run.job_run_id)
        run.attach(script.kill, self._runtime.clock.now())
        ended = script.wait()
        if ended.exit_code == 0:
            return RunState.SUCCEEDED, None
        return RunState.FAILED, ended.last_error_line or f"Command failed with exit code {ended.exit_code}"

    def _note(self, role_arn: str, run: JobRun) -> None:
        """What Glue itself does with the job's role: it fetches the code and writes the logs."""
        note = self._runtime.role_calls.note
        script = run.arguments.get(SCRIPT_LOCATION, run.command.get("ScriptLocation", ""))
        for url in (script, *s3_list(run.arguments.get(EXTRA_PY_FILES))):
            note(role_arn, "s3:GetObject", f"arn:aws:s3:::{url.removeprefix('s3://')}")
        logs = f"arn:aws:logs:{self._runtime.region}:{self._runtime.account_id}:log-group"
        for group in (f"{run.log_group}/output", f"{run.log_group}/error"):
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                note(role_arn, action, f"{logs}:{group}:log-stream:{run.job_run_id}")

    @staticmethod
    def _retry(job: Job, run: JobRun) -> None:
        try:
            job.retry(run)
        except ConcurrentRunsExceededException:
            return


def install(runtime: Runtime, settings: JobSettings | None = None) -> GlueEngine:
    """Put the engine behind moto's Glue; a later call replaces an earlier one, with an empty catalogue."""
    engine = GlueEngine(runtime, settings or JobSettings())
    glue_backends.backend = type(
        "InstalledGlueBackend", (EngineGlueBackend,), {"clock": runtime.clock, "launch": engine.launch}
    )
    glue_backends.clear()
    return engine

"""Moto's Glue backend with the engine's catalogue and jobs."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from moto.glue import urls as moto_urls
from moto.glue.exceptions import GlueClientError

from infra.local.clock import Clock
from infra.local.glue.catalog import CatalogBackend
from infra.local.glue.jobs import Job, JobRun, RunState
from infra.local.glue.responses import EngineGlueResponse


class EngineGlueBackend(CatalogBackend):
    """One account and region; `clock` and `launch` are set on a subclass by `install`."""

    clock: Clock
    launch: Callable[[Job, JobRun], None]

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=moto_urls.url_bases, url_paths={"{0}/$": EngineGlueResponse.dispatch}
        )

    def create_job(self, name: str, **definition: Any) -> None:  # type: ignore[override]
        if name in self.jobs:
            raise GlueClientError("AlreadyExistsException", f"Job {name} already exists")
        self.jobs[name] = Job(
            clock=self.clock, launch=type(self).launch, name=name, backend=self, **definition
        )

    def update_job(self, name: str, job_update: Mapping[str, Any]) -> None:
        self._job(name).update(job_update, self.clock.now())

    def delete_job(self, name: str) -> None:
        if name in self.jobs:
            for run in self._job(name).runs:
                run.end_as(RunState.STOPPED)
        super().delete_job(name)

    def batch_stop_job_run(self, name: str, run_ids: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
        """Stop runs; returns the ids that will stop and the errors of those that cannot."""
        stopped: list[str] = []
        errors: list[dict[str, Any]] = []
        runs = {run.job_run_id: run for run in self._job(name).runs}
        for run_id in run_ids:
            run = runs.get(run_id)
            if run is not None and run.end_as(RunState.STOPPED):
                stopped.append(run_id)
                continue
            code, message = (
                ("EntityNotFoundException", f"Job run {run_id} not found.")
                if run is None
                else ("InvalidInputException", f"Job run {run_id} is in state {run.status}.")
            )
            errors.append(
                {
                    "JobName": name,
                    "JobRunId": run_id,
                    "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message},
                }
            )
        return stopped, errors

    def _job(self, name: str) -> Job:
        return cast("Job", self.get_job(name))

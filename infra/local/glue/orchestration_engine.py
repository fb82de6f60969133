"""Triggers and workflows joined to moto's Glue and to the engine that runs the jobs."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.glue import urls as moto_urls
from moto.glue.exceptions import (
    AlreadyExistsException,
    EntityNotFoundException,
    GlueClientError,
    InvalidInputException,
)
from moto.glue.models import FakeTrigger, FakeWorkflow, glue_backends

from infra.local.engine import Engine, Runtime
from infra.local.glue.backend import EngineGlueBackend
from infra.local.glue.engine import GlueEngine
from infra.local.glue.job_events import JobEvents
from infra.local.glue.jobs import JobRun, RunState
from infra.local.glue.orchestration import Orchestrator
from infra.local.glue.responses import EngineGlueResponse
from infra.local.glue.triggers import TriggerState, TriggerType, check, update
from infra.local.glue.workflows import WorkflowRun, graph


class OrchestratedGlueBackend(EngineGlueBackend):
    """The Glue backend with triggers that fire and workflows that run."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.orchestrator = Orchestrator(
            self.clock, self.triggers, self.workflows, start_job=self._start_job, stop_job=self._stop_job
        )

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=moto_urls.url_bases, url_paths={"{0}/$": OrchestratedGlueResponse.dispatch}
        )

    def create_trigger(self, name: str, **definition: Any) -> None:  # type: ignore[override]
        if name in self.triggers:
            raise AlreadyExistsException(f"Trigger {name}")
        on_demand = definition["trigger_type"] == TriggerType.ON_DEMAND
        if on_demand and definition.get("start_on_creation"):
            raise InvalidInputException("CreateTrigger", "An on-demand trigger cannot start on creation")
        workflow = definition.get("workflow_name")
        if workflow and workflow not in self.workflows:
            raise EntityNotFoundException(f"Workflow {workflow} not found.")
        with self.orchestrator.lock:
            super().create_trigger(name=name, **definition)
            try:
                check(self.triggers[name], "CreateTrigger", self.jobs.__contains__)
            except GlueClientError:
                del self.triggers[name]
                raise
            self.orchestrator.schedule(self.triggers[name])

    def update_trigger(self, name: str, changes: Mapping[str, Any]) -> FakeTrigger:
        with self.orchestrator.lock:
            trigger = self.get_trigger(name)
            before = dict(vars(trigger))
            update(trigger, changes)
            try:
                check(trigger, "UpdateTrigger", self.jobs.__contains__)
            except GlueClientError:
                vars(trigger).update(before)
                raise
            self.orchestrator.schedule(trigger)
            return trigger

    def start_trigger(self, name: str) -> None:
        trigger = self.get_trigger(name)
        if trigger.trigger_type == TriggerType.ON_DEMAND:
            self.orchestrator.fire(trigger)
            return
        trigger.state = TriggerState.ACTIVATED.value
        self.orchestrator.schedule(trigger)

    def stop_trigger(self, name: str) -> None:
        trigger = self.get_trigger(name)
        if trigger.trigger_type == TriggerType.ON_DEMAND:
            raise InvalidInputException("StopTrigger", f"On-demand trigger {name} cannot be stopped")
        trigger.state = TriggerState.DEACTIVATED.value
        self.orchestrator.schedule(trigger)

    def delete_trigger(self, name: str) -> None:
        with self.orchestrator.lock:
            super().delete_trigger(name)
            self.orchestrator.due.pop(name, None)

    def create_workflow(self, name: str, *definition: Any, **named: Any) -> str:
        if name in self.workflows:
            raise AlreadyExistsException(f"Workflow {name}")
        created = super().create_workflow(name, *definition, **named)
        now = self.clock.now()
        self.workflows[name].created_on = self.workflows[name].last_modified_on = now
        return created

    def start_workflow_run(self, workflow_name: str, properties: dict[str, str] | None) -> str:
        return self.orchestrator.start_workflow_run(self._workflow(workflow_name), properties)

    def stop_workflow_run(self, workflow_name: str, run_id: str) -> None:
        run = self._workflow(workflow_name).get_run(run_id)
        self.orchestrator.stop_workflow_run(cast("WorkflowRun", run))

    def shown_workflow(self, name: str, *, include_graph: bool) -> dict[str, Any]:
        """A workflow as GetWorkflow shows it."""
        workflow = self._workflow(name)
        found = workflow.as_dict()
        if workflow.runs:
            last = next(reversed(workflow.runs))
            found["LastRun"] = self.shown_run(name, last, include_graph=include_graph)
        if include_graph:
            found["Graph"] = graph(self._triggers_of(name))
        return found

    def shown_run(self, name: str, run_id: str, *, include_graph: bool) -> dict[str, Any]:
        """A run as GetWorkflowRun shows it."""
        run = cast("WorkflowRun", self._workflow(name).get_run(run_id))
        with self.orchestrator.lock:
            states = {id_: str(self._last_attempt(job, id_).status) for id_, job in run.job_runs.items()}
            found = run.shown(states)
        if include_graph:
            found["Graph"] = graph(self._triggers_of(name), lambda job: self._runs_in(run, job))
        return found

    def _runs_in(self, run: WorkflowRun, job: str) -> Iterator[dict[str, Any]]:
        for run_id, name in run.job_runs.items():
            if name == job:
                yield self._last_attempt(job, run_id).as_dict()

    def _last_attempt(self, job_name: str, run_id: str) -> JobRun:
        """Newest first: the last attempt of a run that was retried."""
        return next(run for run in self._job(job_name).runs if _first_id(run) == run_id)

    def _triggers_of(self, workflow_name: str) -> list[FakeTrigger]:
        return [trigger for trigger in self.triggers.values() if trigger.workflow_name == workflow_name]

    def _workflow(self, name: str) -> FakeWorkflow:
        if name not in self.workflows:
            raise EntityNotFoundException(f"Workflow {name} not found.")
        return self.workflows[name]

    def _start_job(
        self, job_name: str, arguments: Mapping[str, str], *, trigger_name: str, timeout: int | None
    ) -> str:
        return self._job(job_name).start_job_run(
            arguments=arguments, timeout=timeout, trigger_name=trigger_name
        )

    def _stop_job(self, job_name: str, run_id: str) -> None:
        self._last_attempt(job_name, run_id).end_as(RunState.STOPPED)


class OrchestratedGlueResponse(EngineGlueResponse):
    """The request handler with `UpdateTrigger`, and workflows with statistics and graph."""

    @property
    def orchestrated(self) -> OrchestratedGlueBackend:
        return cast("OrchestratedGlueBackend", self.glue_backend)

    def update_trigger(self) -> ActionResult:
        trigger = self.orchestrated.update_trigger(self.parameters["Name"], self.parameters["TriggerUpdate"])
        return ActionResult({"Trigger": trigger.as_dict()})

    def get_workflow(self) -> ActionResult:
        shown = self.orchestrated.shown_workflow(self.parameters["Name"], include_graph=self._include_graph())
        return ActionResult({"Workflow": shown})

    def get_workflow_run(self) -> ActionResult:
        run = self.orchestrated.shown_run(
            self.parameters["Name"], self.parameters["RunId"], include_graph=self._include_graph()
        )
        return ActionResult({"Run": run})

    def get_workflow_runs(self) -> ActionResult:
        """Newest first; all on one page."""
        name = self.parameters["Name"]
        runs = self.orchestrated._workflow(name).runs
        shown = [
            self.orchestrated.shown_run(name, run_id, include_graph=self._include_graph())
            for run_id in reversed(runs)
        ]
        return ActionResult({"Runs": shown})

    def _include_graph(self) -> bool:
        return bool(self.parameters.get("IncludeGraph"))


class OrchestrationEngine:
    """Fires what is due and hears of every job run that ends."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def hear(self, run: JobRun) -> None:
        """A listener for the jobs' engine; an attempt that will be retried is not the end."""
        if run.status is RunState.FAILED and run.attempt < run.max_retries:
            return
        self._orchestrator().on_run_finished(run.job_name, _first_id(run), run.status.value)

    def tick(self) -> None:
        self._orchestrator().tick()

    def drain(self) -> None:
        """Start nothing more: what is due now was missed when the server starts again."""
        self._orchestrator().due.clear()

    def close(self) -> None:
        """There is nothing to end: jobs belong to their own engine."""

    def _orchestrator(self) -> Orchestrator:
        backend = glue_backends[self._runtime.account_id][self._runtime.region]
        return cast("OrchestratedGlueBackend", backend).orchestrator


def install(runtime: Runtime, jobs: GlueEngine) -> Engine:
    """Put triggers and workflows over the Glue engine just installed; the catalogue is empty afterwards."""
    glue_backends.backend = type(
        "InstalledGlueBackend",
        (OrchestratedGlueBackend,),
        {"clock": runtime.clock, "launch": jobs.launch},
    )
    glue_backends.clear()
    engine = OrchestrationEngine(runtime)
    jobs.add_listener(engine.hear)
    jobs.add_listener(JobEvents(runtime).hear)
    return engine


def _first_id(run: JobRun) -> str:
    return run.job_run_id.partition("_attempt_")[0]

"""What starts Glue jobs by itself: schedules, conditions, workflows. Independent of how jobs run."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from moto.glue.exceptions import (
    ConcurrentRunsExceededException,
    GlueClientError,
    IllegalWorkflowStateException,
    InvalidInputException,
)
from moto.glue.models import FakeTrigger, FakeWorkflow

from infra.local.clock import Clock
from infra.local.glue.schedules import parse_schedule
from infra.local.glue.triggers import TriggerState, TriggerType, satisfied
from infra.local.glue.workflows import WorkflowRun, WorkflowState


class StartJob(Protocol):
    """Starts a job and returns the run's id; raises `GlueClientError` if it cannot be started."""

    def __call__(
        self, job_name: str, arguments: Mapping[str, str], *, trigger_name: str, timeout: int | None
    ) -> str: ...


@dataclass
class Chain:
    """What one firing led to: a workflow run, or jobs that only triggers hold together."""

    workflow_run: WorkflowRun | None = None
    active: set[str] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)


@dataclass
class Orchestrator:
    """Fires triggers over moto's registries of triggers and workflows. Safe to use from many threads.

    As on AWS a conditional trigger hears only of runs that a trigger started, once in each chain, and only
    of those of its own workflow run if it belongs to a workflow.
    """

    clock: Clock
    triggers: Mapping[str, FakeTrigger]
    workflows: Mapping[str, FakeWorkflow]
    start_job: StartJob
    stop_job: Callable[[str, str], None]
    due: dict[str, datetime] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def schedule(self, trigger: FakeTrigger) -> None:
        """Plan the next firing from now on; what was missed stays missed."""
        with self.lock:
            self.due.pop(trigger.name, None)
            if trigger.trigger_type == TriggerType.SCHEDULED and trigger.state == TriggerState.ACTIVATED:
                following = parse_schedule(trigger.schedule).next_after(self.clock.now())
                if following is not None:
                    self.due[trigger.name] = following

    def tick(self) -> None:
        """Fire the scheduled triggers that are due: each once, however far the clock went."""
        now = self.clock.now()
        with self.lock:
            for name in [name for name, moment in self.due.items() if moment <= now]:
                trigger = self.triggers.get(name)
                if trigger is None:
                    del self.due[name]
                    continue
                self.schedule(trigger)
                self._fire_by_schedule(trigger)

    def fire(self, trigger: FakeTrigger) -> None:
        """Fire an on-demand trigger: its jobs, or a run of its workflow that begins with it."""
        with self.lock:
            if trigger.workflow_name:
                self._start_run(self.workflows[trigger.workflow_name], [trigger], None)
            else:
                self._start_jobs(trigger, Chain(), strict=True)

    def start_workflow_run(self, workflow: FakeWorkflow, properties: Mapping[str, str] | None) -> str:
        """Start a run now, with all start triggers of the workflow whatever their type and state; its id."""
        with self.lock:
            starting = [
                trigger
                for trigger in self.triggers.values()
                if trigger.workflow_name == workflow.name and trigger.trigger_type != TriggerType.CONDITIONAL
            ]
            if not starting:
                raise InvalidInputException(
                    "StartWorkflowRun", f"Workflow {workflow.name} has no start trigger"
                )
            return self._start_run(workflow, starting, properties).run_id

    def stop_workflow_run(self, run: WorkflowRun) -> None:
        with self.lock:
            if run.status != WorkflowState.RUNNING:
                raise IllegalWorkflowStateException(f"Workflow run {run.run_id} is {run.status}")
            run.status = WorkflowState.STOPPING.value
            chain = next((each for each in self.chains.values() if each.workflow_run is run), None)
            if chain is None:
                run.finish(self.clock.now())
                return
            active = [(run.job_runs[run_id], run_id) for run_id in chain.active]
        for job_name, run_id in active:
            self.stop_job(job_name, run_id)

    def on_run_finished(self, job_name: str, run_id: str, state: str) -> None:
        """A job run reached its final state (retries are over)."""
        with self.lock:
            chain = self.chains.pop(run_id, None)
            if chain is None:
                return
            chain.active.discard(run_id)
            chain.ended[job_name] = state
            run = chain.workflow_run
            if run is None or run.status == WorkflowState.RUNNING:
                for trigger in self._listening(chain):
                    chain.fired.add(trigger.name)
                    self._start_jobs(trigger, chain)
            self._finish_if_idle(chain)

    def _listening(self, chain: Chain) -> list[FakeTrigger]:
        workflow = chain.workflow_run.workflow_name if chain.workflow_run else None
        return [
            trigger
            for trigger in list(self.triggers.values())
            if trigger.trigger_type == TriggerType.CONDITIONAL
            and trigger.state == TriggerState.ACTIVATED
            and (trigger.workflow_name or None) == workflow
            and trigger.name not in chain.fired
            and trigger.predicate is not None
            and satisfied(trigger.predicate, chain.ended)
        ]

    def _fire_by_schedule(self, trigger: FakeTrigger) -> None:
        try:
            if trigger.workflow_name:
                self._start_run(self.workflows[trigger.workflow_name], [trigger], None)
            else:
                self._start_jobs(trigger, Chain())
        except (ConcurrentRunsExceededException, KeyError):
            # The workflow is busy or gone: this firing is lost, the next one is planned already.
            return

    def _start_run(
        self, workflow: FakeWorkflow, starting: list[FakeTrigger], properties: Mapping[str, str] | None
    ) -> WorkflowRun:
        running = sum(isinstance(run, WorkflowRun) and not run.is_final for run in workflow.runs.values())
        if workflow.max_concurrent_runs and running >= workflow.max_concurrent_runs:
            raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for workflow {workflow.name}")
        run = WorkflowRun(workflow, properties, self.clock.now())
        workflow.runs[run.run_id] = run
        chain = Chain(run)
        for trigger in starting:
            self._start_jobs(trigger, chain)
        self._finish_if_idle(chain)
        return run

    def _start_jobs(self, trigger: FakeTrigger, chain: Chain, *, strict: bool = False) -> None:
        run = chain.workflow_run
        for action in trigger.actions:
            job_name = str(action.job_name)
            arguments: dict[str, Any] = dict(action.arguments or {})  # type: ignore[arg-type]
            if run is not None:
                arguments |= {"--WORKFLOW_NAME": run.workflow_name, "--WORKFLOW_RUN_ID": run.run_id}
            timeout = action.timeout if isinstance(action.timeout, int) else None
            try:
                run_id = self.start_job(job_name, arguments, trigger_name=trigger.name, timeout=timeout)
            except GlueClientError as error:
                if strict:
                    raise
                if run is not None:
                    run.refused.append(job_name)
                    run.error_message = str(error.message)
                continue
            chain.active.add(run_id)
            self.chains[run_id] = chain
            if run is not None:
                run.job_runs[run_id] = job_name

    def _finish_if_idle(self, chain: Chain) -> None:
        if chain.workflow_run is not None and not chain.active and not chain.workflow_run.is_final:
            chain.workflow_run.finish(self.clock.now())

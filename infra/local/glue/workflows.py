"""Glue's workflows: their runs with real states, statistics, and the graph of triggers and jobs."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from moto.glue.models import FakeTrigger, FakeWorkflow, FakeWorkflowRun

_COUNTED_AS: Final = {
    "SUCCEEDED": "SucceededActions",
    "FAILED": "FailedActions",
    "TIMEOUT": "TimeoutActions",
    "STOPPED": "StoppedActions",
    "ERROR": "ErroredActions",
    "WAITING": "WaitingActions",
}


class WorkflowState(StrEnum):
    """`COMPLETED` says that nothing runs any more, not that the jobs succeeded: the statistics tell that."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    ERROR = "ERROR"


class WorkflowRun(FakeWorkflowRun):
    """One run of a workflow and the job runs in it, newest attempt by first id."""

    def __init__(self, workflow: FakeWorkflow, properties: Mapping[str, str] | None, now: datetime) -> None:
        previous = next(reversed(workflow.runs), None)
        merged = {**(workflow.default_run_properties or {}), **(properties or {})}
        super().__init__(workflow.name, previous_run_id=previous, properties=merged)
        self.started_on = now
        self.status = WorkflowState.RUNNING.value
        self.job_runs: dict[str, str] = {}  # run id → job name
        self.refused: list[str] = []  # jobs that could not be started
        self.error_message: str | None = None

    @property
    def is_final(self) -> bool:
        return self.status not in {WorkflowState.RUNNING, WorkflowState.STOPPING}

    def finish(self, now: datetime) -> None:
        """Nothing runs any more."""
        if self.status == WorkflowState.STOPPING:
            self.status = WorkflowState.STOPPED.value
        else:
            self.status = (WorkflowState.ERROR if self.error_message else WorkflowState.COMPLETED).value
        self.completed_on = now

    def shown(self, states: Mapping[str, str]) -> dict[str, Any]:
        """As GetWorkflowRun shows it; `states` are the job runs' states by run id."""
        found: dict[str, Any] = {**self.as_dict(), "Statistics": self._statistics(states)}
        if self.error_message:
            found["ErrorMessage"] = self.error_message
        return found

    def _statistics(self, states: Mapping[str, str]) -> dict[str, int]:
        counts = Counter(_COUNTED_AS.get(states[run], "RunningActions") for run in self.job_runs)
        counts["ErroredActions"] += len(self.refused)
        names = (*_COUNTED_AS.values(), "RunningActions")
        return {"TotalActions": counts.total(), **{name: counts[name] for name in names}}


def graph(
    triggers: Sequence[FakeTrigger], job_runs: Callable[[str], Iterable[Mapping[str, Any]]] | None = None
) -> dict[str, Any]:
    """Nodes and edges of a workflow; with `job_runs` (by job name) the runs of one of its runs."""
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[dict[str, str]] = []

    def job(name: str) -> str:
        id_ = _node_id("JOB", name)
        node = nodes.setdefault(id_, {"Type": "JOB", "Name": name, "UniqueId": id_})
        if job_runs is not None:
            node["JobDetails"] = {"JobRuns": list(job_runs(name))}
        return id_

    for trigger in triggers:
        id_ = _node_id("TRIGGER", trigger.name)
        details = {"Trigger": trigger.as_dict()}
        nodes[id_] = {"Type": "TRIGGER", "Name": trigger.name, "UniqueId": id_, "TriggerDetails": details}
        conditions = trigger.predicate.conditions if trigger.predicate else []
        edges += [{"SourceId": job(str(each.job_name)), "DestinationId": id_} for each in conditions]
        edges += [{"SourceId": id_, "DestinationId": job(str(each.job_name))} for each in trigger.actions]
    return {"Nodes": list(nodes.values()), "Edges": edges}


def _node_id(kind: str, name: str) -> str:
    return f"wnode_{sha256(f'{kind}/{name}'.encode()).hexdigest()}"

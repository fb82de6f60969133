"""Triggers and workflows over a job engine that only notes what it was asked to start."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from moto.glue.exceptions import (
    ConcurrentRunsExceededException,
    IllegalWorkflowStateException,
    InvalidInputException,
)
from moto.glue.models import FakeTrigger, FakeWorkflow
from moto.glue.utils import Action, Predicate

from infra.local.clock import ManualClock
from infra.local.glue.orchestration import Orchestrator
from infra.local.glue.workflows import WorkflowRun

START = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
HOURLY = "cron(0 * * * ? *)"


class NoBackend:
    region_name, account_id = "us-east-1", "123456789012"

    def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
        return


class FakeJobs:
    """Starts by noting; a test ends the runs."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.arguments: list[Mapping[str, str]] = []
        self.stopped: list[str] = []
        self.busy: set[str] = set()

    def start(
        self, job_name: str, arguments: Mapping[str, str], *, trigger_name: str, timeout: int | None
    ) -> str:
        if job_name in self.busy:
            raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job_name}")
        self.started.append((job_name, trigger_name))
        self.arguments.append(arguments)
        return f"jr_{len(self.started)}"

    def stop(self, job_name: str, run_id: str) -> None:
        self.stopped.append(run_id)

    def names(self) -> list[str]:
        return [name for name, _ in self.started]


class World:
    """An orchestrator with what it looks at."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.jobs = FakeJobs()
        self.triggers: dict[str, FakeTrigger] = {}
        self.workflows: dict[str, FakeWorkflow] = {}
        self.glue = Orchestrator(
            self.clock, self.triggers, self.workflows, start_job=self.jobs.start, stop_job=self.jobs.stop
        )

    def trigger(
        self,
        name: str,
        type_: str,
        *jobs: str,
        after: Mapping[str, str] | None = None,
        logical: str = "AND",
        workflow: str = "",
        active: bool = True,
        arguments: Mapping[str, str] | None = None,
    ) -> FakeTrigger:
        conditions = [
            {"JobName": job, "State": state, "LogicalOperator": "EQUALS"}
            for job, state in (after or {}).items()
        ]
        made = FakeTrigger(
            backend=cast("Any", NoBackend()),
            name=name,
            workflow_name=workflow,
            trigger_type=type_,
            schedule=HOURLY if type_ == "SCHEDULED" else "",
            predicate=Predicate({"Logical": logical, "Conditions": conditions}) if conditions else None,
            actions=[Action({"JobName": job, "Arguments": dict(arguments or {})}) for job in jobs],
            description="",
            start_on_creation=active and type_ != "ON_DEMAND",
            tags={},
            event_batching_condition={},
        )
        self.triggers[name] = made
        self.glue.schedule(made)
        return made

    def workflow(self, name: str = "refresh", limit: int | None = None) -> FakeWorkflow:
        self.workflows[name] = FakeWorkflow(name, {"origin": "default"}, None, limit, {})
        return self.workflows[name]

    def refresh(self, limit: int | None = None) -> FakeWorkflow:
        """Silver every hour, then gold."""
        made = self.workflow(limit=limit)
        self.trigger("hourly", "SCHEDULED", "silver", workflow="refresh")
        self.trigger("then", "CONDITIONAL", "gold", after={"silver": "SUCCEEDED"}, workflow="refresh")
        return made

    def advance(self, **span: int) -> None:
        self.clock.advance(timedelta(**span).total_seconds())
        self.glue.tick()

    def end(self, job: str, number: int, state: str = "SUCCEEDED") -> None:
        self.glue.on_run_finished(job, f"jr_{number}", state)


def last_run(workflow: FakeWorkflow) -> WorkflowRun:
    return cast("WorkflowRun", workflow.runs[next(reversed(workflow.runs))])


@pytest.fixture
def world() -> World:
    return World()


def test_a_scheduled_trigger_fires_on_the_hour_and_not_before(world: World) -> None:
    world.trigger("hourly", "SCHEDULED", "silver")
    world.advance(minutes=52)
    assert world.jobs.started == []
    world.advance(minutes=1)
    world.glue.tick()
    assert world.jobs.started == [("silver", "hourly")]
    world.advance(hours=1)
    assert world.jobs.names() == ["silver", "silver"]


def test_a_trigger_that_is_not_active_does_not_fire(world: World) -> None:
    trigger = world.trigger("hourly", "SCHEDULED", "silver", active=False)
    world.advance(hours=2)
    trigger.start_trigger()
    world.glue.schedule(trigger)
    world.glue.tick()
    assert world.jobs.started == []
    world.advance(hours=1)
    assert world.jobs.names() == ["silver"]
    trigger.stop_trigger()
    world.glue.schedule(trigger)
    world.advance(hours=2)
    assert world.jobs.names() == ["silver"]


def test_hours_that_passed_unseen_fire_once(world: World) -> None:
    world.trigger("hourly", "SCHEDULED", "silver")
    world.advance(hours=8)
    world.glue.tick()
    assert world.jobs.names() == ["silver"]


def test_a_condition_fires_when_its_job_reached_the_state(world: World) -> None:
    world.trigger("hourly", "SCHEDULED", "silver")
    world.trigger("then", "CONDITIONAL", "gold", after={"silver": "SUCCEEDED"})
    world.trigger("else", "CONDITIONAL", "alert", after={"silver": "FAILED"})
    world.advance(hours=1)
    world.end("silver", 1)
    assert world.jobs.started[1:] == [("gold", "then")]
    world.advance(hours=1)
    world.end("silver", 3, "FAILED")
    assert world.jobs.started[3:] == [("alert", "else")]


def test_a_run_that_no_trigger_started_fires_nothing(world: World) -> None:
    world.trigger("then", "CONDITIONAL", "gold", after={"silver": "SUCCEEDED"})
    world.glue.on_run_finished("silver", "jr_by_hand", "SUCCEEDED")
    assert world.jobs.started == []


def test_and_waits_for_all_and_any_for_one(world: World) -> None:
    both = {"a": "SUCCEEDED", "b": "SUCCEEDED"}
    world.trigger("start", "SCHEDULED", "a", "b")
    world.trigger("all", "CONDITIONAL", "c", after=both)
    world.trigger("any", "CONDITIONAL", "d", after=both, logical="ANY")
    world.advance(hours=1)
    world.end("a", 1)
    assert world.jobs.names()[2:] == ["d"]
    world.end("b", 2)
    assert world.jobs.names()[3:] == ["c"]


def test_a_condition_counts_the_runs_of_its_own_chain_only(world: World) -> None:
    world.trigger("start", "SCHEDULED", "a", "b")
    world.trigger("all", "CONDITIONAL", "c", after={"a": "SUCCEEDED", "b": "SUCCEEDED"})
    world.advance(hours=1)
    world.advance(hours=1)
    world.end("a", 1)
    world.end("b", 4)
    assert "c" not in world.jobs.names()
    world.end("b", 2)
    assert world.jobs.names().count("c") == 1


def test_a_condition_of_a_workflow_does_not_hear_other_runs(world: World) -> None:
    world.refresh()
    demand = world.trigger("by-hand", "ON_DEMAND", "silver")
    world.glue.fire(demand)
    world.end("silver", 1)
    assert world.jobs.names() == ["silver"]


def test_a_workflow_run_is_running_until_its_last_job_ended(world: World) -> None:
    workflow = world.refresh()
    world.advance(minutes=53)
    run = last_run(workflow)
    assert (run.status, run.started_on) == ("RUNNING", START + timedelta(minutes=53))
    world.end("silver", 1)
    assert (run.status, world.jobs.names()) == ("RUNNING", ["silver", "gold"])
    world.clock.advance(60)
    world.end("gold", 2)
    assert (run.status, run.completed_on) == ("COMPLETED", START + timedelta(minutes=54))


def test_a_workflow_whose_job_failed_completes_with_a_failed_action(world: World) -> None:
    workflow = world.refresh()
    world.advance(hours=1)
    world.end("silver", 1, "FAILED")
    run = last_run(workflow)
    assert run.status == "COMPLETED"
    statistics = run.shown({"jr_1": "FAILED"})["Statistics"]
    assert (statistics["TotalActions"], statistics["FailedActions"], statistics["SucceededActions"]) == (
        1,
        1,
        0,
    )


def test_jobs_of_a_workflow_are_told_its_name_and_run(world: World) -> None:
    workflow = world.workflow()
    world.trigger("by-hand", "ON_DEMAND", "silver", workflow="refresh", arguments={"--mode": "full"})
    run_id = world.glue.start_workflow_run(workflow, {"reason": "drill"})
    assert world.jobs.arguments == [
        {"--mode": "full", "--WORKFLOW_NAME": "refresh", "--WORKFLOW_RUN_ID": run_id}
    ]
    assert last_run(workflow).properties == {"origin": "default", "reason": "drill"}


def test_a_workflow_can_be_started_at_once_whatever_its_schedule(world: World) -> None:
    workflow = world.refresh()
    world.glue.start_workflow_run(workflow, None)
    assert world.jobs.started == [("silver", "hourly")]


def test_a_workflow_without_a_start_trigger_cannot_be_started(world: World) -> None:
    with pytest.raises(InvalidInputException):
        world.glue.start_workflow_run(world.workflow(), None)


def test_a_busy_workflow_refuses_another_run_and_loses_its_scheduled_one(world: World) -> None:
    workflow = world.refresh(limit=1)
    world.advance(hours=1)
    with pytest.raises(ConcurrentRunsExceededException):
        world.glue.start_workflow_run(workflow, None)
    world.advance(hours=1)
    assert len(workflow.runs) == 1
    world.end("silver", 1, "FAILED")
    world.advance(hours=1)
    assert len(workflow.runs) == 2


def test_a_job_that_is_busy_ends_the_workflow_run_in_error(world: World) -> None:
    workflow = world.refresh()
    world.jobs.busy.add("silver")
    world.advance(hours=1)
    run = last_run(workflow)
    assert run.status == "ERROR"
    shown = run.shown({})
    assert shown["Statistics"]["ErroredActions"] == 1
    assert "silver" in shown["ErrorMessage"]


def test_a_stopped_workflow_run_stops_its_jobs_and_starts_no_more(world: World) -> None:
    workflow = world.refresh()
    world.advance(hours=1)
    run = last_run(workflow)
    world.glue.stop_workflow_run(run)
    assert (run.status, world.jobs.stopped) == ("STOPPING", ["jr_1"])
    world.end("silver", 1)
    assert (run.status, world.jobs.names()) == ("STOPPED", ["silver"])
    with pytest.raises(IllegalWorkflowStateException):
        world.glue.stop_workflow_run(run)


def test_a_deleted_trigger_no_longer_fires(world: World) -> None:
    world.trigger("hourly", "SCHEDULED", "silver")
    del world.triggers["hourly"]
    world.advance(hours=2)
    assert world.jobs.started == []

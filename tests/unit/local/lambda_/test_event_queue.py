"""Asynchronous invocations on a set clock."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.clock import ManualClock
from infra.local.lambda_.errors import FunctionMissingError
from infra.local.lambda_.event_queue import EventQueue, EventSender, FailedEvent
from infra.local.lambda_.invocation import InvocationResult

SENDER = EventSender("arn:function", "arn:role", "arn:topic")


class AtOnce(Executor):
    """Runs what it is given before it says that it took it."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        work(*given, **named)
        return Future()


class Scene:
    """A function that fails a number of times, and its queue."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
        self.given_up: list[FailedEvent] = []
        self.queue = EventQueue(self.clock, lambda _, failed: self.given_up.append(failed), AtOnce())
        self.runs: list[datetime] = []
        self.failures = 0

    def run(self, payload: bytes) -> InvocationResult:
        self.runs.append(self.clock.now())
        error = "Unhandled" if len(self.runs) <= self.failures else None
        return InvocationResult("request", b"{}", error, b"", 1.0)

    def missing(self, payload: bytes) -> InvocationResult:
        raise FunctionMissingError("arn:function")

    def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes + 1):
            self.queue.tick()
            self.clock.advance(60)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_fails_is_tried_again_after_one_and_two_minutes(scene: Scene) -> None:
    scene.failures = 2
    began = scene.clock.now()
    scene.queue.put(SENDER, scene.run, b"{}", 2)
    scene.pass_minutes(5)

    assert [(run - began).total_seconds() for run in scene.runs] == [0, 60, 180]
    assert scene.given_up == []


def test_what_fails_every_time_is_given_up_with_its_last_error(scene: Scene) -> None:
    scene.failures = 9
    scene.queue.put(SENDER, scene.run, b"{}", 2)
    scene.pass_minutes(5)

    (failed,) = scene.given_up
    assert failed.result is not None
    assert (failed.payload, failed.result.function_error, failed.invocations) == (b"{}", "Unhandled", 3)


def test_what_could_never_be_run_is_given_up_too(scene: Scene) -> None:
    scene.queue.put(SENDER, scene.missing, b"{}", 0)
    scene.pass_minutes(1)

    assert [(failed.result, failed.invocations) for failed in scene.given_up] == [(None, 1)]


def test_without_a_destination_nobody_is_told(scene: Scene) -> None:
    scene.failures = 9
    scene.queue.put(EventSender("arn:function", "arn:role", None), scene.run, b"{}", 0)
    scene.pass_minutes(1)

    assert scene.given_up == []


def test_once_drained_it_starts_nothing(scene: Scene) -> None:
    scene.queue.drain()
    scene.queue.put(SENDER, scene.run, b"{}", 2)
    scene.pass_minutes(1)

    assert scene.runs == []

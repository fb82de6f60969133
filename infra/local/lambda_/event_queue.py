"""Asynchronous invocations (`InvocationType: Event`): answered at once, tried up to three times.

What fails every time is told to the function's on-failure destination, where it has one.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from infra.local.clock import Clock
from infra.local.lambda_.errors import FunctionNotRunError, ThrottledError
from infra.local.lambda_.invocation import InvocationResult

_RETRY_SECONDS: Final = (60, 120)
_THROTTLE_SECONDS: Final = 1
_THREADS: Final = 4


@dataclass(frozen=True, slots=True)
class EventSender:
    """Whose event it is: a function, its role, and where its failures are told (an ARN)."""

    function_arn: str
    role_arn: str
    on_failure: str | None


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """An event that the function will not get again; `result` is None where it was never run."""

    payload: bytes
    result: InvocationResult | None
    invocations: int


@dataclass(frozen=True, slots=True)
class _Event:
    sender: EventSender
    invoke: Callable[[bytes], InvocationResult]
    payload: bytes
    retries: int
    due: datetime
    attempts: int = 0


class EventQueue:
    """Events that wait for their function."""

    def __init__(
        self,
        clock: Clock,
        give_up: Callable[[EventSender, FailedEvent], None],
        threads: Executor | None = None,
    ) -> None:
        self._clock = clock
        self._give_up = give_up
        self._lock = threading.Lock()
        self._events: list[_Event] = []
        self._threads = threads or ThreadPoolExecutor(_THREADS, thread_name_prefix="lambda-event")
        self._is_drained = False

    def put(
        self,
        sender: EventSender,
        invoke: Callable[[bytes], InvocationResult],
        payload: bytes,
        retries: int,
    ) -> None:
        """Take an event; `invoke` is called with it later, and up to `retries` times again if it fails."""
        with self._lock:
            self._events.append(_Event(sender, invoke, payload, retries, self._clock.now()))

    def tick(self) -> None:
        """Start what is due; once drained nothing any more."""
        now = self._clock.now()
        with self._lock:
            if self._is_drained:
                return
            due = [event for event in self._events if event.due <= now]
            self._events = [event for event in self._events if event.due > now]
        for event in due:
            self._threads.submit(self._run, event)

    def drain(self) -> None:
        """Run what is due now to its end; retries that are due later are given up."""
        self.tick()
        with self._lock:
            self._is_drained = True
        self._threads.shutdown(wait=True)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, event: _Event) -> None:
        try:
            result = event.invoke(event.payload)
        except ThrottledError:
            self._again(event, _THROTTLE_SECONDS)
        except FunctionNotRunError:
            self._fail(event, None)
        else:
            if result.function_error is not None:
                self._fail(event, result)

    def _fail(self, event: _Event, result: InvocationResult | None) -> None:
        if event.attempts < event.retries:
            delay = _RETRY_SECONDS[min(event.attempts, len(_RETRY_SECONDS) - 1)]
            self._again(replace(event, attempts=event.attempts + 1), delay)
        elif event.sender.on_failure is not None:
            self._give_up(event.sender, FailedEvent(event.payload, result, event.attempts + 1))

    def _again(self, event: _Event, delay: float) -> None:
        with self._lock:
            self._events.append(replace(event, due=self._clock.now() + timedelta(seconds=delay)))

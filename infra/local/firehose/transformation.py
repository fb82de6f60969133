"""Buffers on their way through a destination's function."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from infra.local.engine import Runtime
from infra.local.firehose.buffer import Record
from infra.local.firehose.delivery import Source
from infra.local.firehose.destination import Destination
from infra.local.firehose.processor import (
    Batch,
    Processed,
    Processor,
    Unprocessed,
    UnusableAnswerError,
    batches,
    event,
    read_answer,
)
from infra.local.lambda_.errors import FunctionNotRunError
from infra.local.lambda_.invocation import InvocationResult

_log = logging.getLogger(__name__)

Invoke = Callable[[str, bytes], InvocationResult]
"""Runs a function, by its ARN, on an event; raises `FunctionNotRunError`."""

_FIRST_DELAY_SECONDS: Final = 1.0
_LONGEST_DELAY_SECONDS: Final = 60.0


@dataclass(slots=True, eq=False)
class Transformation:
    """A batch until the function has answered for it, or its retries are spent.

    `is_last` says that the stream goes away: what comes out is delivered at once.
    """

    source: Source
    destination: Destination
    processor: Processor
    batch: Batch
    is_last: bool = False
    attempts: int = 0
    not_before: datetime | None = None


class Outlet(Protocol):
    """Where batches go on."""

    def submit(self, work: Callable[[], None]) -> None:
        """Do it in a thread of its own."""
        ...

    def keep(self, done: Transformation, records: Sequence[Record]) -> None:
        """Deliver what the function gave back."""
        ...

    def fail(self, done: Transformation, records: Sequence[Unprocessed]) -> None:
        """Write what was not processed to the error prefix."""
        ...


class Transformer:
    """Invokes the functions, and tries again what they did not do."""

    def __init__(self, runtime: Runtime, invoke: Invoke, outlet: Outlet) -> None:
        self._runtime = runtime
        self._invoke = invoke
        self._outlet = outlet
        self._lock = threading.Lock()
        self._waiting: list[Transformation] = []
        self._is_draining = False

    def start(
        self, source: Source, destination: Destination, records: Sequence[Record], *, is_last: bool = False
    ) -> None:
        """Send records through the destination's function, batch by batch."""
        processor = destination.processor
        assert processor is not None  # noqa: S101 - the caller looked
        for batch in batches(records, processor.buffer_bytes):
            self._submit(Transformation(source, destination, processor, batch, is_last))

    def tick(self, now: datetime) -> None:
        """Try again what is due."""
        with self._lock:
            due = [one for one in self._waiting if one.not_before is None or one.not_before <= now]
            self._waiting = [one for one in self._waiting if one not in due]
        for one in due:
            self._submit(one)

    def drain(self) -> None:
        """Try everything once more, now; from here on a failure is the last."""
        self._is_draining = True
        with self._lock:
            again, self._waiting = self._waiting, []
        for one in again:
            self._submit(one)

    def _submit(self, one: Transformation) -> None:
        self._outlet.submit(lambda: self._run(one))

    def _run(self, one: Transformation) -> None:
        one.attempts += 1
        began = self._runtime.clock.now()
        try:
            processed = self._processed(one)
        except UnusableAnswerError as error:
            self._measure(one, "ExecuteProcessing.Success", 0)
            if one.attempts <= one.processor.retries and not self._is_draining:
                self._wait(one, error)
                return
            records = [Unprocessed(record, error.code, error.message) for record in one.batch.values()]
            self._outlet.fail(one, records)
            return
        seconds = (self._runtime.clock.now() - began).total_seconds()
        self._measure(one, "ExecuteProcessing.Success", 1)
        self._measure(one, "ExecuteProcessing.Duration", seconds * 1000, "Milliseconds")
        self._measure(one, "SucceedProcessing.Records", len(one.batch) - len(processed.failed))
        if processed.kept:
            self._outlet.keep(one, processed.kept)
        if processed.failed:
            self._outlet.fail(one, processed.failed)

    def _processed(self, one: Transformation) -> Processed:
        source, function_arn = one.source, one.processor.function_arn
        self._runtime.role_calls.note(
            one.destination.role_arn, "lambda:InvokeFunction", f"{function_arn}:$LATEST"
        )
        arn = f"arn:aws:firehose:{source.region}:{source.account_id}:deliverystream/{source.name}"
        try:
            result = self._invoke(function_arn, event(arn, source.region, one.batch))
        except FunctionNotRunError as error:
            raise UnusableAnswerError("Lambda.InvokeFailed", str(error)) from error
        if result.function_error is not None:
            raise UnusableAnswerError(
                "Lambda.FunctionError",
                "The Lambda function was successfully invoked but it returned an error result.",
            )
        return read_answer(one.batch, result.payload)

    def _wait(self, one: Transformation, error: UnusableAnswerError) -> None:
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(one.attempts - 1, 10), _LONGEST_DELAY_SECONDS)
        if one.attempts == 1:
            _log.warning(
                "Firehose %s: its function failed (%s); the batch is tried again", one.source.name, error
            )
        one.not_before = self._runtime.clock.now() + timedelta(seconds=delay)
        with self._lock:
            self._waiting.append(one)

    def _measure(self, one: Transformation, name: str, value: float, unit: str = "Count") -> None:
        self._runtime.metrics.put(
            "AWS/Firehose", name, value, unit=unit, dimensions={"DeliveryStreamName": one.source.name}
        )

"""The embedded Lambda: moto's control plane, functions in child processes, mappings that poll."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from moto.awslambda import models as moto_models
from moto.backends import get_backend

from infra.local.engine import Runtime
from infra.local.kinesis.stream_reader import KinesisShardReader, ShardReader
from infra.local.lambda_.backend import Function, LambdaBackend
from infra.local.lambda_.errors import FunctionMissingError
from infra.local.lambda_.event_queue import EventQueue, EventSender, FailedEvent
from infra.local.lambda_.functions import Functions, provided_by_lambda
from infra.local.lambda_.given_up import Destinations, GivenUp, Sender, event_record
from infra.local.lambda_.invocation import InvocationResult
from infra.local.lambda_.mappings import Mappings, MappingSpec
from infra.local.lambda_.noted_reader import NotedReader

_log = logging.getLogger(__name__)

_DRAIN_SECONDS: Final = 3.0


class LambdaEngine:
    """Moves the mappings and the asynchronous invocations; owns the child processes."""

    def __init__(
        self,
        runtime: Runtime,
        provide: Callable[[], tuple[Path, Path]] = provided_by_lambda,
        reader: Callable[[str, str], ShardReader] = KinesisShardReader,
    ) -> None:
        """`provide` gives functions their interpreter and runtime directory; `reader` an account's region."""
        self._runtime = runtime
        self.functions = Functions(runtime, provide)
        self.events = EventQueue(runtime.clock, self._give_up_event)
        self.mappings = Mappings(
            specs=self._specs,
            reader=lambda spec: NotedReader(
                reader(spec.account_id, spec.settings.region), spec.settings.role_arn, runtime.role_calls
            ),
            invoke=self.invoke,
            report_age=self._report_age,
            clock=runtime.clock,
            give_up=self._give_up,
        )
        self._destinations = Destinations(runtime.objects)

    def tick(self) -> None:
        self.mappings.tick()
        self.events.tick()

    def drain(self) -> None:
        self.mappings.drain(_DRAIN_SECONDS)
        self.events.drain()

    def close(self) -> None:
        self.mappings.stop()
        self.events.close()
        self.functions.close()

    def invoke(self, function_arn: str, event: bytes) -> InvocationResult:
        """Run a function as it is deployed now; raises `FunctionNotRunError`."""
        function = self._function(function_arn)
        if function is None:
            raise FunctionMissingError(function_arn)
        return function.run(event)

    def invoke_later(self, function_arn: str, event: bytes) -> None:
        """Take an asynchronous invocation; nothing happens where there is no such function."""
        function = self._function(function_arn)
        if function is not None:
            function.queue(event)

    def _function(self, arn: str) -> Function | None:
        found = (backend.running_function(arn) for backend in self._backends())
        return next((function for function in found if function is not None), None)

    def _specs(self) -> Iterator[MappingSpec]:
        for backend in self._backends():
            yield from backend.kinesis_mappings()

    def _give_up(self, spec: MappingSpec, given_up: GivenUp) -> None:
        destination = spec.settings.on_failure
        if destination is None:
            return
        sender = Sender(spec.uuid, spec.function_arn, spec.account_id, spec.settings.region)
        try:
            self._destinations.deliver(destination, sender, given_up)
            if destination.startswith("arn:aws:s3:"):
                kept = f"{destination}/aws/lambda/{spec.uuid}/{given_up.shard_id}/"
                self._runtime.role_calls.note(spec.settings.role_arn, "s3:PutObject", kept)
        except LookupError:
            _log.exception("%s is not there: a batch that was given up is lost", destination)
            self._count_undelivered(spec.function_arn)

    def _give_up_event(self, sender: EventSender, failed: FailedEvent) -> None:
        if sender.on_failure is None:
            return
        runtime = self._runtime
        record = event_record(failed, sender.function_arn, runtime.clock.now())
        try:
            self._destinations.tell(sender.on_failure, runtime.account_id, runtime.region, record)
            runtime.role_calls.note(sender.role_arn, "sns:Publish", sender.on_failure)
        except LookupError:
            _log.exception("%s is not there: an event that was given up is lost", sender.on_failure)
            self._count_undelivered(sender.function_arn)

    def _count_undelivered(self, function_arn: str) -> None:
        """AWS goes on without a destination too, and counts."""
        self._runtime.metrics.put(
            "AWS/Lambda",
            "DestinationDeliveryFailures",
            1,
            unit="Count",
            dimensions={"FunctionName": function_arn.split(":")[6]},
        )

    def _report_age(self, function_arn: str, seconds: float) -> None:
        self._runtime.metrics.put(
            "AWS/Lambda",
            "IteratorAge",
            max(0.0, seconds * 1000),
            unit="Milliseconds",
            dimensions={"FunctionName": function_arn.split(":")[6]},
        )

    @staticmethod
    def _backends() -> list[LambdaBackend]:
        backends = moto_models.lambda_backends.iter_backends()
        return [backend for _, _, backend in list(backends) if isinstance(backend, LambdaBackend)]


def install(
    runtime: Runtime,
    *,
    provide: Callable[[], tuple[Path, Path]] = provided_by_lambda,
) -> LambdaEngine:
    """Make moto serve this Lambda from now on; functions and mappings that existed before are forgotten."""
    engine = LambdaEngine(runtime, provide)
    function_class = type(
        "LambdaFunction",
        (Function,),
        {"__module__": moto_models.__name__, "functions": engine.functions, "events": engine.events},
    )
    backends = get_backend("lambda")
    backends.clear()
    backends.backend = type(
        "LambdaBackend",
        (LambdaBackend,),
        # moto finds a service's URLs by the module of its backend's class.
        {"__module__": moto_models.__name__, "function_class": function_class},
    )
    return engine

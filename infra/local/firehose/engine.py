"""The embedded Firehose: buffers by size and time, has functions transform, delivers to S3, tries again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from moto.backends import get_backend
from moto.firehose import models as moto_models

from infra.local.engine import Runtime
from infra.local.firehose.backend import FirehoseBackend
from infra.local.firehose.buffer import Buffer, Record
from infra.local.firehose.catalog import Columns, glue_columns
from infra.local.firehose.deliverer import Deliverer, Delivery
from infra.local.firehose.delivery import Source, prepare_unprocessed
from infra.local.firehose.destination import Destination
from infra.local.firehose.processor import Unprocessed
from infra.local.firehose.transformation import Invoke, Transformation, Transformer
from infra.local.lambda_.errors import FunctionMissingError
from infra.local.lambda_.invocation import InvocationResult

_log = logging.getLogger(__name__)

_THREADS: Final = 4


_Name = tuple[str, str, str]  # account, region and stream


def _no_function(function_arn: str, _event: bytes) -> InvocationResult:
    raise FunctionMissingError(function_arn)


class FirehoseEngine:
    """Holds the buffers of all delivery streams.

    `refuses` is where puts can be made to fail in part: it takes a stream's name and a record. `invoke`
    runs the functions of streams that have one.
    """

    def __init__(
        self,
        runtime: Runtime,
        columns: Columns = glue_columns,
        refuses: Callable[[str, bytes], bool] = lambda _stream, _record: False,
        invoke: Invoke = _no_function,
    ) -> None:
        self.refuses = refuses
        self._runtime = runtime
        self._lock = threading.Lock()
        self._buffers: dict[_Name, Buffer] = {}
        self._transformed: dict[_Name, Buffer] = {}
        self._transformer = Transformer(runtime, invoke, self)
        self._deliverer = Deliverer(runtime, columns, self.submit)
        self._is_draining = False
        self._under_way: set[Future[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="firehose")

    def accept(self, source: Source, records: Sequence[bytes]) -> Sequence[bool]:
        """Buffer records; False for each one that was not taken."""
        is_closed = self._is_draining and self._has_function(source)
        taken = [not is_closed and not self.refuses(source.name, record) for record in records]
        accepted = [record for record, is_taken in zip(records, taken, strict=True) if is_taken]
        if accepted:
            now = self._runtime.clock.now()
            self._add(self._buffers, source, [Record(record, now) for record in accepted])
        self._runtime.meter.took_firehose_records(map(len, accepted))
        self._measure(source, "IncomingRecords", len(accepted))
        self._measure(source, "IncomingBytes", sum(map(len, accepted)), "Bytes")
        self._measure(source, "IncomingPutRequests", 1)
        if len(accepted) < len(records):
            self._measure(source, "ThrottledRecords", len(records) - len(accepted))
        return taken

    def deliver_now(self, source: Source, destination: Destination) -> None:
        """Deliver what is buffered, because the stream goes away."""
        with self._lock:
            buffer = self._buffers.pop(_key(source), Buffer())
            transformed = self._transformed.pop(_key(source), Buffer())
        self._deliver_all(source, destination, transformed)
        self._start(source, destination, buffer, is_last=True)

    def submit(self, work: Callable[[], None]) -> None:
        """Do it in a thread of its own."""
        with self._lock:
            task = self._threads.submit(work)
            self._under_way.add(task)
        task.add_done_callback(self._forget)

    def keep(self, done: Transformation, records: Sequence[Record]) -> None:
        """Gather what a function gave back for delivery."""
        if done.is_last:
            self._deliverer.start(Delivery(done.source, done.destination, records))
        else:
            self._add(self._transformed, done.source, records)

    def fail(self, done: Transformation, records: Sequence[Unprocessed]) -> None:
        """Write what a function did not process to the error prefix."""
        prepared = prepare_unprocessed(
            done.source,
            done.destination,
            records,
            done.processor.function_arn,
            done.attempts,
            self._runtime.clock.now(),
        )
        raw = [one.record for one in records]
        self._deliverer.start(Delivery(done.source, done.destination, raw, prepared))

    def tick(self) -> None:
        """Process and deliver buffers that are due, and what is to be tried again."""
        now = self._runtime.clock.now()
        for source, buffer, destination in self._streams(self._buffers):
            hints = destination.processor or destination
            if buffer.is_due(now, size=hints.buffer_bytes, seconds=hints.buffer_seconds):
                self._start(source, destination, buffer)
        for source, buffer, destination in self._streams(self._transformed):
            if buffer.is_due(now, size=destination.buffer_bytes, seconds=destination.buffer_seconds):
                self._deliver_all(source, destination, buffer)
        self._transformer.tick(now)
        self._deliverer.tick(now)

    def drain(self) -> None:
        """Process and deliver every buffer, however small, and try once more what failed before.

        Streams with a function take nothing from here on; their functions may still write to the others.
        """
        self._is_draining = True
        self._transformer.drain()
        for source, buffer, destination in self._streams(self._buffers):
            if destination.processor:
                self._start(source, destination, buffer)
        self._finish()
        for buffers in (self._buffers, self._transformed):
            for source, buffer, destination in self._streams(buffers):
                self._deliver_all(source, destination, buffer)
        self._deliverer.drain()
        self._finish()
        for delivery in self._deliverer.waiting():
            _log.error(
                "Firehose %s could not deliver %d records to bucket %s; they are lost",
                delivery.source.name,
                len(delivery.records),
                delivery.destination.bucket,
            )

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def is_busy(self) -> bool:
        """Deliveries are under way."""
        with self._lock:
            return bool(self._under_way)

    def _finish(self) -> None:
        while self.is_busy:
            time.sleep(0.005)

    def _has_function(self, source: Source) -> bool:
        backend = moto_models.firehose_backends[source.account_id][source.region]
        destination = backend.destination(source.name) if isinstance(backend, FirehoseBackend) else None
        return destination is not None and destination.processor is not None

    def _add(self, buffers: dict[_Name, Buffer], source: Source, records: Sequence[Record]) -> None:
        with self._lock:
            buffers.setdefault(_key(source), Buffer()).add(records, self._runtime.clock.now())

    def _streams(self, buffers: dict[_Name, Buffer]) -> list[tuple[Source, Buffer, Destination]]:
        """Buffers with how they deliver now; without those whose stream is gone (a reset)."""
        with self._lock:
            names = list(buffers)
        found = []
        for name in names:
            account_id, region, stream = name
            backend = moto_models.firehose_backends[account_id][region]
            destination = None
            if isinstance(backend, FirehoseBackend) and stream in backend.delivery_streams:
                destination = backend.destination(stream)
            with self._lock:
                buffer = buffers.get(name) if destination else buffers.pop(name, None)
            if destination and buffer and isinstance(backend, FirehoseBackend):
                found.append((backend.source(stream), buffer, destination))
        return found

    def _start(
        self, source: Source, destination: Destination, buffer: Buffer, *, is_last: bool = False
    ) -> None:
        """Send a buffer on its way: through the function where there is one."""
        if destination.processor is None:
            self._deliver_all(source, destination, buffer)
        elif records := buffer.take():
            self._transformer.start(source, destination, records, is_last=is_last)

    def _deliver_all(self, source: Source, destination: Destination, buffer: Buffer) -> None:
        if records := buffer.take():
            self._deliverer.start(Delivery(source, destination, records))

    def _forget(self, task: "Future[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("A delivery of the embedded Firehose failed; its records are lost", exc_info=error)
        with self._lock:
            self._under_way.discard(task)

    def _measure(self, source: Source, name: str, value: float, unit: str = "Count") -> None:
        dimensions = {"DeliveryStreamName": source.name}
        self._runtime.metrics.put("AWS/Firehose", name, value, unit=unit, dimensions=dimensions)


def install(
    runtime: Runtime,
    *,
    refuses: Callable[[str, bytes], bool] = lambda _stream, _record: False,
    invoke: Invoke = _no_function,
) -> FirehoseEngine:
    """Make moto serve this Firehose from now on; streams that existed before are forgotten."""
    engine = FirehoseEngine(runtime, refuses=refuses, invoke=invoke)
    backends = get_backend("firehose")
    backends.clear()
    backends.backend = type(
        "FirehoseBackend",
        (FirehoseBackend,),
        # moto finds a service's URLs by the module of its backend's class.
        {"__module__": moto_models.__name__, "intake": engine},
    )
    return engine


def _key(source: Source) -> _Name:
    return source.account_id, source.region, source.name

"""The embedded Firehose: buffers by size and time, delivers to S3, tries again what S3 refuses."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from moto.backends import get_backend
from moto.firehose import models as moto_models

from infra.local.engine import Runtime
from infra.local.firehose.backend import FirehoseBackend
from infra.local.firehose.buffer import Buffer, Record
from infra.local.firehose.catalog import Columns, glue_columns
from infra.local.firehose.delivery import Prepared, PreparedObject, Source, prepare
from infra.local.firehose.destination import Destination
from infra.local.firehose.hive_types import SchemaError

_log = logging.getLogger(__name__)

_THREADS: Final = 2
_FIRST_DELAY_SECONDS: Final = 1.0
_LONGEST_DELAY_SECONDS: Final = 60.0


@dataclass(slots=True, eq=False)
class _Delivery:
    """A taken buffer until all its objects are in S3; they keep their keys, however often they are tried."""

    source: Source
    destination: Destination
    records: Sequence[Record]
    prepared: Prepared | None = None
    written: int = 0
    failures: int = 0
    not_before: datetime | None = None


class FirehoseEngine:
    """Holds the buffers of all delivery streams.

    `refuses` is where puts can be made to fail in part: it takes a stream's name and a record.
    """

    def __init__(
        self,
        runtime: Runtime,
        columns: Columns = glue_columns,
        refuses: Callable[[str, bytes], bool] = lambda _stream, _record: False,
    ) -> None:
        self.refuses = refuses
        self._runtime = runtime
        self._columns = columns
        self._lock = threading.Lock()
        self._buffers: dict[tuple[str, str, str], Buffer] = {}  # by account, region and stream
        self._waiting: list[_Delivery] = []
        self._under_way: set[Future[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="firehose")

    def accept(self, source: Source, records: Sequence[bytes]) -> Sequence[bool]:
        """Buffer records; False for each one that was not taken."""
        taken = [not self.refuses(source.name, record) for record in records]
        accepted = [record for record, is_taken in zip(records, taken, strict=True) if is_taken]
        if accepted:
            with self._lock:
                buffer = self._buffers.setdefault(_key(source), Buffer())
                buffer.add(accepted, self._runtime.clock.now())
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
        self._start(source, destination, buffer)

    def tick(self) -> None:
        """Deliver buffers that are due and what is to be tried again."""
        now = self._runtime.clock.now()
        for source, buffer, destination in self._streams():
            size, seconds = destination.buffer_bytes, destination.buffer_seconds
            if buffer.is_due(now, size=size, seconds=seconds):
                self._start(source, destination, buffer)
        with self._lock:
            due = [one for one in self._waiting if one.not_before is None or one.not_before <= now]
            self._waiting = [one for one in self._waiting if one not in due]
        for delivery in due:
            self._submit(delivery)

    def drain(self) -> None:
        """Deliver every buffer, however small, and try once more what S3 refused before."""
        for source, buffer, destination in self._streams():
            self._start(source, destination, buffer)
        with self._lock:
            again, self._waiting = self._waiting, []
        for delivery in again:
            self._submit(delivery)
        while self.is_busy:
            time.sleep(0.005)
        with self._lock:
            lost = list(self._waiting)
        for delivery in lost:
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

    def _streams(self) -> list[tuple[Source, Buffer, Destination]]:
        """Buffers with how they deliver now; without those whose stream is gone (a reset)."""
        with self._lock:
            names = list(self._buffers)
        found = []
        for name in names:
            account_id, region, stream = name
            backend = moto_models.firehose_backends[account_id][region]
            destination = None
            if isinstance(backend, FirehoseBackend) and stream in backend.delivery_streams:
                destination = backend.destination(stream)
            with self._lock:
                buffer = self._buffers.get(name) if destination else self._buffers.pop(name, None)
            if destination and buffer and isinstance(backend, FirehoseBackend):
                found.append((backend.source(stream), buffer, destination))
        return found

    def _start(self, source: Source, destination: Destination, buffer: Buffer) -> None:
        records = buffer.take()
        if records:
            self._submit(_Delivery(source, destination, records))

    def _submit(self, delivery: _Delivery) -> None:
        with self._lock:
            task = self._threads.submit(self._deliver, delivery)
            self._under_way.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: "Future[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("A delivery of the embedded Firehose failed; its records are lost", exc_info=error)
        with self._lock:
            self._under_way.discard(task)

    def _deliver(self, delivery: _Delivery) -> None:
        source = delivery.source
        try:
            prepared = delivery.prepared = delivery.prepared or self._prepare(delivery)
            for one in prepared.objects[delivery.written :]:
                self._runtime.objects.put(delivery.destination.bucket, one.key, one.body)
                arn = f"arn:aws:s3:::{delivery.destination.bucket}/{one.key}"
                self._runtime.role_calls.note(delivery.destination.role_arn, "s3:PutObject", arn)
                delivery.written += 1
                self._measure_object(delivery, one)
        except (KeyError, OSError, SchemaError) as error:
            self._measure(source, "DeliveryToS3.Success", 0)
            self._wait(delivery, error)
        age = (self._runtime.clock.now() - delivery.records[0].arrived_at).total_seconds()
        self._measure(source, "DeliveryToS3.DataFreshness", age, "Seconds")

    def _prepare(self, delivery: _Delivery) -> Prepared:
        conversion = delivery.destination.conversion
        columns = self._columns(delivery.source.account_id, conversion) if conversion else None
        now = self._runtime.clock.now()
        prepared = prepare(delivery.source, delivery.destination, delivery.records, columns, now)
        if conversion:
            glue = f"arn:aws:glue:{conversion.region}:{delivery.source.account_id}"
            names = (f"database/{conversion.database}", f"table/{conversion.database}/{conversion.table}")
            self._runtime.role_calls.note(
                delivery.destination.role_arn,
                "glue:GetTableVersions",
                *(f"{glue}:{name}" for name in ("catalog", *names)),
            )
            self._runtime.meter.converted_firehose_records(len(record.data) for record in delivery.records)
            self._measure(delivery.source, "SucceedConversion.Records", prepared.converted)
            self._measure(delivery.source, "FailedConversion.Records", prepared.failed)
        return prepared

    def _wait(self, delivery: _Delivery, error: Exception) -> None:
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(delivery.failures, 10), _LONGEST_DELAY_SECONDS)
        if delivery.failures == 0:
            _log.warning(
                "Firehose %s cannot deliver to bucket %s (%r); it tries again",
                delivery.source.name,
                delivery.destination.bucket,
                error,
            )
        delivery.failures += 1
        delivery.not_before = self._runtime.clock.now() + timedelta(seconds=delay)
        with self._lock:
            self._waiting.append(delivery)

    def _measure_object(self, delivery: _Delivery, one: PreparedObject) -> None:
        if one.error_type is None:
            self._measure(delivery.source, "DeliveryToS3.Records", one.records)
            self._measure(delivery.source, "DeliveryToS3.Bytes", len(one.body), "Bytes")
            self._measure(delivery.source, "DeliveryToS3.ObjectCount", 1)
        self._measure(delivery.source, "DeliveryToS3.Success", 1)

    def _measure(self, source: Source, name: str, value: float, unit: str = "Count") -> None:
        dimensions = {"DeliveryStreamName": source.name}
        self._runtime.metrics.put("AWS/Firehose", name, value, unit=unit, dimensions=dimensions)


def install(
    runtime: Runtime, *, refuses: Callable[[str, bytes], bool] = lambda _stream, _record: False
) -> FirehoseEngine:
    """Make moto serve this Firehose from now on; streams that existed before are forgotten."""
    engine = FirehoseEngine(runtime, refuses=refuses)
    backends = get_backend("firehose")
    backends.clear()
    backends.backend = type(
        "FirehoseBackend",
        (FirehoseBackend,),
        # moto finds a service's URLs by the module of its backend's class.
        {"__module__": moto_models.__name__, "intake": engine},
    )
    return engine


def _key(source: Source) -> tuple[str, str, str]:
    return source.account_id, source.region, source.name

"""Prepared or not, buffers on their way to S3: written object by object, and again what S3 refused."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from infra.local.engine import Runtime
from infra.local.firehose.buffer import Record
from infra.local.firehose.catalog import Columns
from infra.local.firehose.delivery import Prepared, PreparedObject, Source, prepare
from infra.local.firehose.destination import Destination
from infra.local.firehose.hive_types import SchemaError

_log = logging.getLogger(__name__)

_FIRST_DELAY_SECONDS: Final = 1.0
_LONGEST_DELAY_SECONDS: Final = 60.0


@dataclass(slots=True, eq=False)
class Delivery:
    """A taken buffer until all its objects are in S3; they keep their keys, however often they are tried."""

    source: Source
    destination: Destination
    records: Sequence[Record]
    prepared: Prepared | None = None
    written: int = 0
    failures: int = 0
    not_before: datetime | None = None


class Deliverer:
    """Writes deliveries; `submit` does work in a thread of its own."""

    def __init__(
        self, runtime: Runtime, columns: Columns, submit: Callable[[Callable[[], None]], None]
    ) -> None:
        self._runtime = runtime
        self._columns = columns
        self._submit = submit
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []

    def start(self, delivery: Delivery) -> None:
        """Write it, or have it wait."""
        self._submit(lambda: self._deliver(delivery))

    def tick(self, now: datetime) -> None:
        """Try again what is due."""
        with self._lock:
            due = [one for one in self._waiting if one.not_before is None or one.not_before <= now]
            self._waiting = [one for one in self._waiting if one not in due]
        for delivery in due:
            self.start(delivery)

    def drain(self) -> None:
        """Try everything once more, now."""
        with self._lock:
            again, self._waiting = self._waiting, []
        for delivery in again:
            self.start(delivery)

    def waiting(self) -> list[Delivery]:
        """What S3 refused and did not take yet."""
        with self._lock:
            return list(self._waiting)

    def _deliver(self, delivery: Delivery) -> None:
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
        age = (
            self._runtime.clock.now() - min(record.arrived_at for record in delivery.records)
        ).total_seconds()
        self._measure(source, "DeliveryToS3.DataFreshness", age, "Seconds")

    def _prepare(self, delivery: Delivery) -> Prepared:
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

    def _wait(self, delivery: Delivery, error: Exception) -> None:
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

    def _measure_object(self, delivery: Delivery, one: PreparedObject) -> None:
        if one.error_type is None:
            self._measure(delivery.source, "DeliveryToS3.Records", one.records)
            self._measure(delivery.source, "DeliveryToS3.Bytes", len(one.body), "Bytes")
            self._measure(delivery.source, "DeliveryToS3.ObjectCount", 1)
        self._measure(delivery.source, "DeliveryToS3.Success", 1)

    def _measure(self, source: Source, name: str, value: float, unit: str = "Count") -> None:
        dimensions = {"DeliveryStreamName": source.name}
        self._runtime.metrics.put("AWS/Firehose", name, value, unit=unit, dimensions=dimensions)

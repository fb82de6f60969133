"""What costs money by merely being there: shards, alarms, metrics, stored bytes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from moto.cloudwatch.models import cloudwatch_backends
from moto.kinesis.models import kinesis_backends
from moto.kms.models import kms_backends
from moto.s3.models import FakeKey, s3_backends

from infra.local.cloudwatch.metric_store import MetricStore
from infra.local.engine import Runtime
from infra.local.kinesis.stream import Stream
from infra.local.metering.meter import GIBIBYTE

METERING_PATH: Final = "/_orderlake/metering"
_HOURS_OF_MONTH: Final = 730
_EVERY: Final = timedelta(minutes=1)
# AWS bills by the hour; functions date metrics by the machine, and a set clock may be a day ahead of it.
_METRIC_ACTIVE: Final = timedelta(hours=25)


class MeteringEngine:
    """Adds standing resources to the meter, a minute of the clock at a time."""

    def __init__(self, runtime: Runtime, metrics: MetricStore) -> None:
        self._runtime = runtime
        self._metrics = metrics
        self._since = self._until = runtime.clock.now()

    def tick(self) -> None:
        now = self._runtime.clock.now()
        if now - self._until >= _EVERY:
            self._add_up(now)

    def drain(self) -> None:
        self._add_up(self._runtime.clock.now())

    def close(self) -> None:
        """There is nothing to end."""

    def report(self) -> dict[str, object]:
        """All counts from the start to now, quantities as exact decimal strings."""
        self._add_up(self._runtime.clock.now())
        usage = {name: format(count, "f") for name, count in sorted(self._runtime.meter.usage().items())}
        return {"since": self._since.isoformat(), "until": self._until.isoformat(), "usage": usage}

    def _add_up(self, now: datetime) -> None:
        hours = Decimal((now - self._until).total_seconds()) / 3600
        self._until = now
        if hours <= 0:
            return
        for name, count in self._hourly():
            self._runtime.meter.add(name, count * hours)
        for name, count in self._monthly():
            self._runtime.meter.add(name, count * hours / _HOURS_OF_MONTH)

    @staticmethod
    def _hourly() -> Iterator[tuple[str, Decimal]]:
        streams = [
            stream
            for backend in _backends(kinesis_backends)
            for stream in list(backend.streams.values())
            if isinstance(stream, Stream)
        ]
        yield "kinesis.shard_hours", Decimal(sum(stream.shard_count or 0 for stream in streams))

    def _monthly(self) -> Iterator[tuple[str, Decimal]]:
        watching = _backends(cloudwatch_backends)
        yield "cloudwatch.alarms", Decimal(sum(len(backend.alarms) for backend in watching))
        yield "cloudwatch.dashboards", Decimal(sum(len(backend.dashboards) for backend in watching))
        active = self._metrics.metrics(_METRIC_ACTIVE)
        own = [metric for metric in active if not metric.namespace.startswith("AWS/")]
        yield "cloudwatch.metrics", Decimal(len(own))
        keys = [key for backend in _backends(kms_backends) for key in list(backend.keys.values())]
        yield "kms.keys", Decimal(sum(key.key_manager == "CUSTOMER" for key in keys))
        yield "s3.storage_gb_months", Decimal(self._stored_bytes()) / GIBIBYTE

    def _stored_bytes(self) -> int:
        buckets = list(s3_backends[self._runtime.account_id]["aws"].buckets.values())
        versions = (
            version for bucket in buckets for _, listed in list(bucket.keys.lists()) for version in listed
        )
        return sum(version.size for version in versions if isinstance(version, FakeKey))


def _backends(backends: Any) -> list[Any]:
    """moto's backends of one service, in every account and region that was used."""
    return [backend for _, _, backend in list(backends.iter_backends())]

"""The embedded Kinesis Data Streams: moto's control plane over a log that stays fast, with AWS's limits.

`install` replaces moto's backend; `stream_reader` reads shards in process; `data_plane` answers PutRecord,
PutRecords and GetRecords without moto's request path.
"""

from datetime import datetime, timedelta
from typing import Final

from moto.backends import get_backend
from moto.kinesis import models as moto_models

from infra.local.engine import Engine, Runtime
from infra.local.kinesis.backend import KinesisBackend

_PUBLISH_EVERY: Final = timedelta(seconds=1)


class KinesisEngine:
    """Ages the streams and publishes their metrics."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._published: datetime = runtime.clock.now()

    def tick(self) -> None:
        now = self._runtime.clock.now()
        if now - self._published < _PUBLISH_EVERY:
            return
        self._published = now
        for backend in self._backends():
            backend.forget_expired()
            backend.publish_metrics()

    def drain(self) -> None:
        for backend in self._backends():
            backend.publish_metrics()

    def close(self) -> None:
        """There is nothing to end: the streams live in memory."""

    @staticmethod
    def _backends() -> list[KinesisBackend]:
        backends = moto_models.kinesis_backends.iter_backends()
        return [backend for _, _, backend in list(backends) if isinstance(backend, KinesisBackend)]


def install(runtime: Runtime, *, enforce_limits: bool = False) -> Engine:
    """Make moto serve this Kinesis from now on; streams that existed before are forgotten.

    `enforce_limits` applies the throughput of a shard (1,000 records and 1 MiB in, five reads and 2 MiB out,
    each second); the limits of single requests always apply.
    """
    backends = get_backend("kinesis")
    backends.clear()
    backends.backend = type(
        "KinesisBackend",
        (KinesisBackend,),
        # moto finds a service's URLs by the module of its backend's class.
        {"__module__": moto_models.__name__, "runtime": runtime, "enforce_limits": enforce_limits},
    )
    return KinesisEngine(runtime)

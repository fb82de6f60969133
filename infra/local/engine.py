"""What the engines of the embedded AWS share: the surroundings they run in and the duties they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from infra.local.clock import Clock
from infra.local.metering.meter import Meter
from infra.local.role_calls import RoleCalls


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One current object of a bucket."""

    key: str
    size: int
    etag: str
    last_modified: datetime


class ObjectStore(Protocol):
    """The embedded S3, in process. Unknown buckets and keys raise `KeyError`."""

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None: ...

    def get(self, bucket: str, key: str) -> bytes: ...

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]: ...


class MetricSink(Protocol):
    """Where engines report what AWS would publish as CloudWatch metrics."""

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimensions: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None: ...


class LogSink(Protocol):
    """Where functions and jobs write their log lines (CloudWatch Logs, in process)."""

    def write(self, group: str, stream: str, lines: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """The surroundings of an engine, made once by the server.

    `endpoint_url` is where the engines' children (functions, jobs) call back over HTTP;
    `work_dir` is for files that may be lost at any time.
    """

    clock: Clock
    endpoint_url: str
    account_id: str
    region: str
    work_dir: Path
    objects: ObjectStore
    metrics: MetricSink
    logs: LogSink
    meter: Meter = field(default_factory=Meter)
    role_calls: RoleCalls = field(default_factory=RoleCalls)


class Engine(Protocol):
    """A service that acts by itself.

    The server calls `tick` every few milliseconds of real time; a test calls it after it has set the clock.
    """

    def tick(self) -> None:
        """Do what is due now on the runtime's clock; return soon (long work goes to threads)."""
        ...

    def drain(self) -> None:
        """Finish what is under way: nothing accepted is lost. Called once, before `close`."""
        ...

    def close(self) -> None:
        """End threads and child processes."""
        ...

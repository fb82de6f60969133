"""An embedded Kinesis without a server, on a clock that stands still."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from moto.kinesis.models import kinesis_backends

from infra.local import kinesis
from infra.local.clock import ManualClock
from infra.local.engine import Engine, Runtime
from infra.local.kinesis.backend import KinesisBackend
from infra.local.kinesis.stream import Stream
from infra.local.s3 import MotoObjectStore

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class RecordedMetrics:
    """Datapoints by name."""

    values: dict[str, list[float]] = field(default_factory=dict)
    times: dict[str, list[datetime | None]] = field(default_factory=dict)

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimensions: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None:
        assert namespace == "AWS/Kinesis"
        assert dimensions == {"StreamName": "orders"}
        self.values.setdefault(name, []).append(value)
        self.times.setdefault(name, []).append(at)


class NoLogs:
    def write(self, group: str, stream: str, lines: object) -> None:
        return


class Kinesis:
    """One stream, `orders`, and what tests do with it."""

    def __init__(
        self, *, shards: int = 1, enforce_limits: bool = False, started_after_seconds: float = 0
    ) -> None:
        self.clock = ManualClock(START)
        self.clock.advance(started_after_seconds)
        self.metrics = RecordedMetrics()
        runtime = Runtime(
            clock=self.clock,
            endpoint_url="",
            account_id=ACCOUNT,
            region=REGION,
            work_dir=Path(),
            objects=MotoObjectStore(ACCOUNT),
            metrics=self.metrics,
            logs=NoLogs(),
        )
        self.engine: Engine = kinesis.install(runtime, enforce_limits=enforce_limits)
        self.backend = cast("KinesisBackend", kinesis_backends[ACCOUNT][REGION])
        self.stream: Stream = self.backend.create_stream("orders", shards)

    def put(self, data: bytes = b"x", key: str = "k", hash_key: str | None = None) -> tuple[str, str]:
        return self.backend.put_record(None, "orders", key, hash_key, b64encode(data).decode())

    def put_many(self, bodies: list[bytes], key: str = "k") -> dict[str, Any]:
        entries = [{"Data": b64encode(body).decode(), "PartitionKey": key} for body in bodies]
        return self.backend.put_records(None, "orders", entries)

    def iterator(
        self,
        kind: str = "TRIM_HORIZON",
        *,
        shard: int = 0,
        sequence_number: str | None = None,
        at: datetime | None = None,
    ) -> str:
        timestamp = at.timestamp() if at else None
        shard_id = f"shardId-{shard:012d}"
        return self.backend.get_shard_iterator(None, "orders", shard_id, kind, sequence_number, timestamp)

    def read(self, iterator: str, limit: int | None = None) -> list[bytes]:
        return [record["Data"] for record in self.backend.read_records(iterator, limit)["Records"]]

    def read_shard(self, shard: int) -> list[bytes]:
        return self.read(self.iterator(shard=shard))

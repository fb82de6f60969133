"""A bucket with versions, a stream that keeps what it took, and the function over both."""

import importlib
import io
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, cast

import orjson
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from producer.contract import decode
from producer.manifest import RunManifest
from stream_processors.file_ingest.settings import Settings
from tests.unit.producer.fakes import FakeKinesis

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SETTINGS = {
    "LAKE_BUCKET": "lake",
    "LANDING_PREFIX": "landing/",
    "STREAM_NAME": "orders",
    "PROFILE": "stream",
    "DETAILED_METRICS": "true",
}
_names = itertools.count()


class FakeBucket:
    """What the function calls of S3: every version is kept until it is deleted by its id."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], tuple[bytes, dict[str, str]]] = {}
        self.ranges: list[str] = []
        self._ids = itertools.count(1)

    def upload(self, key: str, body: bytes, **metadata: str) -> dict[str, Any]:
        """Put an object as its owner does; the notification's record."""
        version = self._put(key, body, metadata)
        found = {"key": key.replace(" ", "+"), "size": len(body), "versionId": version}
        return {"eventSource": "aws:s3", "s3": {"bucket": {"name": "lake"}, "object": found}}

    def latest(self, key: str) -> bytes:
        return [body for (name, _), (body, _) in self.versions.items() if name == key][-1]

    def names(self) -> set[str]:
        return {key for key, _ in self.versions}

    def _put(self, key: str, body: bytes, metadata: dict[str, str]) -> str:
        version = f"v{next(self._ids)}"
        self.versions[key, version] = (body, metadata)
        return version

    def head_object(self, *, Bucket: str, Key: str, VersionId: str) -> dict[str, Any]:  # noqa: N803
        body, metadata = self._find(Key, VersionId, "404")
        return {"ContentLength": len(body), "Metadata": metadata}

    def get_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        VersionId: str | None = None,  # noqa: N803
        Range: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        if VersionId is None:
            return {"Body": io.BytesIO(self.latest(Key))}
        body, _ = self._find(Key, VersionId, "NoSuchVersion")
        self.ranges.append(str(Range))
        first, last = map(int, str(Range).removeprefix("bytes=").split("-"))
        return {"Body": io.BytesIO(body[first : last + 1])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self._put(Key, Body, {})

    def copy(
        self,
        source: dict[str, str],
        bucket: str,
        key: str,
        ExtraArgs: object,  # noqa: N803
        Config: object,  # noqa: N803
    ) -> None:
        body, metadata = self._find(source["Key"], source["VersionId"], "NoSuchVersion")
        self._put(key, body, metadata)

    def delete_object(self, *, Bucket: str, Key: str, VersionId: str) -> None:  # noqa: N803
        self.versions.pop((Key, VersionId), None)

    def get_paginator(self, _operation: str) -> "FakeBucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        yield {"Contents": [{"Key": key} for key in self.names() if key.startswith(Prefix)]}

    def _find(self, key: str, version: str, code: str) -> tuple[bytes, dict[str, str]]:
        try:
            return self.versions[key, version]
        except KeyError:
            raise ClientError({"Error": {"Code": code}}, "GetObject") from None


class FakeFunctions:
    """Keeps asynchronous invocations until they are run."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803
        assert (FunctionName, InvocationType) == ("file-ingest", "Event")
        self.waiting.append(json.loads(Payload))


class Singly(FakeKinesis):
    """A stream of one shard."""

    def list_shards(self, **_: object) -> dict[str, Any]:
        hash_keys = {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}
        sequence_numbers = {"StartingSequenceNumber": "1"}
        return {
            "Shards": [{"ShardId": "s", "HashKeyRange": hash_keys, "SequenceNumberRange": sequence_numbers}]
        }


@dataclass
class Context:
    """An invocation in which so many questions for the time are answered before it runs out."""

    patience: float = float("inf")
    function_name: str = "file-ingest"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:file-ingest"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        self.patience -= 1
        return 900_000 if self.patience >= 0 else 60_000


@dataclass
class Function:
    """The composed function with everything outside it faked."""

    module: ModuleType
    bucket: FakeBucket = field(default_factory=FakeBucket)
    stream: Singly = field(default_factory=Singly)
    functions: FakeFunctions = field(default_factory=FakeFunctions)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self._handle: Callable[[Any, Any], None] = self.module.make_handler(
            Settings.from_environment(SETTINGS),
            self.module.Services(self.bucket, cast("Any", self.stream), self.functions),
            logger=Logger(service=f"file-ingest-{next(_names)}", stream=self.log),
            now=lambda: NOW,
        )

    def __call__(self, *records: dict[str, Any], patience: float = float("inf")) -> None:
        self._handle({"Records": list(records)}, Context(patience))

    def land(self, key: str, body: bytes, **metadata: str) -> dict[str, Any]:
        """Drop a file, run the function once, and give the report."""
        self(self.bucket.upload(f"landing/{key}", body, **metadata))
        return self.report(key)

    def report(self, key: str) -> dict[str, Any]:
        (found,) = {f"landing/{folder}/{key}" for folder in ("done", "failed")} & self.bucket.names()
        report: dict[str, Any] = json.loads(self.bucket.latest(f"{found}.report.json"))
        return report

    def manifest(self, producer_id: str) -> RunManifest:
        return RunManifest.model_validate_json(self.bucket.latest(f"audit/runs/{producer_id}.json"))

    def events(self) -> list[Any]:
        """What is on the stream, aggregates taken apart, in order."""
        from producer.aggregation import AggregateProblem, unpack

        found: list[Any] = []
        for data in self.stream.taken:
            parts = unpack(data, "k")
            assert not isinstance(parts, AggregateProblem)
            found.extend(decode(part.data) for part in parts)
        return found

    def rejected(self) -> list[tuple[int, str, str]]:
        """Line, reason and text of what is on its way to quarantine."""
        return [
            (event.payload.line_number, event.payload.reason, event.payload.raw_line)
            for event in self.events()
            if event.event_type == "source_line_rejected"
        ]


@contextmanager
def refusing(stream: Singly, after: int) -> Iterator[None]:
    """A stream that is gone after so many requests."""
    from tests.unit.producer.fakes import refused, took_all

    stream._answers = [*[took_all] * after, refused("AccessDeniedException")]
    yield
    stream._answers = [took_all]


def load(monkeypatch: Any) -> ModuleType:
    """The module as Lambda loads it: it makes its clients from the environment, and calls nothing."""
    environment = {
        **SETTINGS,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "POWERTOOLS_SERVICE_NAME": "file-ingest",
        "POWERTOOLS_METRICS_NAMESPACE": "Orderlake",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return importlib.import_module("stream_processors.file_ingest.handler")


def order(number: int, **changes: Any) -> dict[str, Any]:
    """A written event of its own id; `...` removes a field."""
    from tests.unit.producer.events import order_placed

    payload = {"order_id": f"o-{number}"}
    return order_placed(
        event_id=f"00000000-0000-4000-8000-{number:012d}",
        **{"payload": payload, "sequence": number, **changes},
    )


def lines(events: Sequence[object]) -> bytes:
    return b"".join(orjson.dumps(event) + b"\n" for event in events)

"""Stand-ins for AWS that record what they were asked and fail on demand."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream_processors.errors import CallFailedError
from stream_processors.order_ingest.delivery import Patience

# What happens to the records of one call: a set of places that fail, or an error for the whole call.
Plan = Callable[[Sequence[bytes]], set[int] | Exception]


def call_failed(code: str, status: int = 400) -> CallFailedError:
    return CallFailedError(code, status)


@dataclass
class FakeFirehose:
    """Takes everything unless `plans` say otherwise, one plan per call, or `always`, for every call."""

    plans: dict[str, list[Plan]] = field(default_factory=dict)
    always: dict[str, Plan] = field(default_factory=dict)
    calls: list[tuple[str, list[bytes]]] = field(default_factory=list)
    taken: dict[str, list[bytes]] = field(default_factory=dict)

    def put_record_batch(
        self,
        *,
        DeliveryStreamName: str,  # noqa: N803
        Records: Sequence[Mapping[str, bytes]],  # noqa: N803
    ) -> dict[str, Any]:
        records = [record["Data"] for record in Records]
        self.calls.append((DeliveryStreamName, records))
        assert 1 <= len(records) <= 500
        assert sum(map(len, records)) <= 4 * 1024 * 1024
        assert all(1 <= len(record) <= 1000 * 1024 for record in records)
        failing = self._failing(DeliveryStreamName, records)
        if isinstance(failing, Exception):
            raise failing
        taken = self.taken.setdefault(DeliveryStreamName, [])
        taken.extend(record for place, record in enumerate(records) if place not in failing)
        return {
            "FailedPutCount": len(failing),
            "RequestResponses": [
                {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"}
                if place in failing
                else {"RecordId": f"r{place}"}
                for place in range(len(records))
            ],
        }

    def _failing(self, stream: str, records: Sequence[bytes]) -> set[int] | Exception:
        if plans := self.plans.get(stream):
            return plans.pop(0)(records)
        if plan := self.always.get(stream):
            return plan(records)
        return set()

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """The documents that were taken, in order, whatever delimits them."""
        return [row for record in self.taken.get(stream, []) for row in documents(record)]


def documents(record: bytes) -> Iterator[dict[str, Any]]:
    """The JSON documents that stand one after the other in a Firehose record."""
    decoder, text, place = json.JSONDecoder(), record.decode(), 0
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        yield document
        while place < len(text) and text[place] == "\n":
            place += 1


@dataclass
class FakeS3:
    """Keeps objects; raises `failure` where one is set."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    failure: Exception | None = None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        if self.failure:
            raise self.failure
        self.objects[Bucket, Key] = Body
        return {}


@dataclass
class FakeTime:
    """A clock that moves when it is slept on; pauses are the longest that jitter may draw."""

    seconds_left: float = 30.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds_left -= seconds

    @property
    def patience(self) -> Patience:
        return Patience(lambda: self.seconds_left, self.sleep, lambda longest: longest)


def every_record(_records: Sequence[bytes]) -> set[int]:
    return set(range(len(_records)))


def these(*places: int) -> Plan:
    return lambda _records: set(places)


def raising(error: Exception) -> Plan:
    return lambda _records: error


@dataclass
class FakeParameters:
    """SSM with one SecureString; `version` rises when the value is put."""

    value: str = "a key for tests"
    version: int = 1
    failure: Exception | None = None
    calls: int = 0

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, dict[str, object]]:  # noqa: N803
        self.calls += 1
        assert WithDecryption
        if self.failure:
            raise self.failure
        return {"Parameter": {"Name": Name, "Value": self.value, "Version": self.version}}

    def put(self, value: str) -> None:
        self.value = value
        self.version += 1

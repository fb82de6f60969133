"""order_api in this process, before a stream and a bucket that do as they are told."""

import io
import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from aws_lambda_powertools import Logger

from producer.manifest import RunManifest, read_manifest
from stream_processors.order_api.api import OrderApi, Response
from stream_processors.order_api.sending import put_to_stream
from stream_processors.order_api.settings import Settings
from stream_processors.order_ingest.services import Clock
from tests.unit.stream_processors.fakes import FakeS3
from tests.unit.stream_processors.samples import order_paid

AT = 1_767_225_601.0
SETTINGS = Settings(stream_name="orders", profile="stream", lake_bucket="lake")
THROTTLED = "ProvisionedThroughputExceededException"

_instances = itertools.count()

# The codes of a call's entries by their place, or an error for the whole call.
Plan = Callable[[int], Mapping[int, str] | Exception]


@dataclass
class FakeStream:
    """Takes everything unless `plans` say otherwise, one plan per call, or `always`, for every call."""

    plans: list[Plan] = field(default_factory=list)
    always: Plan | None = None
    calls: list[list[dict[str, Any]]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)

    def put_records(self, *, StreamName: str, Records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert StreamName == "orders"
        assert 1 <= len(Records) <= 500
        assert sum(len(record["Data"]) + len(record["PartitionKey"]) for record in Records) <= 5 * 1024**2
        events = [json.loads(record["Data"]) for record in Records]
        self.calls.append(events)
        plan = self.plans.pop(0) if self.plans else self.always
        failing = plan(len(Records)) if plan else {}
        if isinstance(failing, Exception):
            raise failing
        self.taken += [event for place, event in enumerate(events) if place not in failing]
        entries = [
            {"ErrorCode": failing[place]} if place in failing else {"SequenceNumber": str(place)}
            for place in range(len(Records))
        ]
        return {"FailedRecordCount": len(failing), "Records": entries}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def statuses(self) -> list[int]:
        return [result["status"] for result in self.body["results"]]


class Api:
    """One instance of the function; time stands still but for its pauses."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.stream = FakeStream()
        self.lake = FakeS3()
        self.log = io.StringIO()
        self.pauses: list[float] = []
        self._api = OrderApi(
            settings,
            put_to_stream(self.stream, "orders"),
            self.lake,
            # Powertools keeps one logger per name: each instance has its own.
            logger=Logger(service=f"order-api-{next(_instances)}", stream=self.log),
            clock=Clock(
                now=lambda: AT + sum(self.pauses), sleep=self.pauses.append, jitter=lambda most: most
            ),
        )

    def invoke(self, event: Mapping[str, Any]) -> Response:
        return self._api.answer(event)

    def call(self, event: Mapping[str, Any]) -> Answer:
        response = self.invoke(event)
        return Answer(response["statusCode"], response["headers"], json.loads(response["body"]))

    def post(self, document: object, **headers: str) -> Answer:
        return self.post_text(json.dumps(document), **headers)

    def post_text(self, body: str, **headers: str) -> Answer:
        return self.call(request(body, **headers))

    def post_bytes(self, body: bytes, **headers: str) -> Answer:
        return self.call(request(b64encode(body).decode(), **headers) | {"isBase64Encoded": True})

    @property
    def manifest(self) -> RunManifest:
        ((_, key),) = self.lake.objects
        return read_manifest(key, self.lake.objects["lake", key])


def request(body: str | None, **headers: str) -> dict[str, Any]:
    """As API Gateway hands it over (payload format 2.0)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "version": "2.0",
        "routeKey": "POST /v1/events",
        "rawPath": "/v1/events",
        "headers": {"content-type": "application/json"} | named,
        "body": body,
        "isBase64Encoded": False,
    }


def event(**changes: Any) -> dict[str, Any]:
    """A valid event as a client posts it, with an id of its own."""
    return order_paid(**{"event_id": str(uuid4()), "producer_id": ..., "sequence": ...} | changes)


def events(count: int) -> list[dict[str, Any]]:
    return [event() for _ in range(count)]

"""What was given up, told to the on-failure destination of a mapping or a function as AWS tells it.

Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data Streams event source": buckets
get the records, queues and topics only their place in the stream. "Adding a destination": of an asynchronous
invocation every destination gets the event.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from infra.local.engine import ObjectStore
from infra.local.lambda_.event_queue import FailedEvent

_SUCCESS: Final = 200


class Condition(StrEnum):
    """Why; AWS documents the first, and no name for the second."""

    RETRIES = "RetryAttemptsExhausted"
    AGE = "RecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A batch that the function will not get again. `function_error` is None where it was never run."""

    condition: Condition
    shard_id: str
    stream_arn: str
    sequence_numbers: tuple[str, ...]
    first_arrival: datetime
    last_arrival: datetime
    payload: bytes
    invocations: int
    request_id: str | None
    function_error: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """The mapping that gave it up: its UUID, and its function's ARN and version."""

    mapping: str
    function_arn: str
    account_id: str
    region: str


def object_key(mapping: str, shard_id: str, at: datetime, token: str) -> str:
    """Where in the bucket the record of a batch goes; AWS lets nobody choose a prefix."""
    return f"aws/lambda/{mapping}/{shard_id}/{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{token}"


def invocation_record(given_up: GivenUp, function_arn: str) -> dict[str, Any]:
    """The JSON document that every destination gets."""
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": given_up.request_id or str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": given_up.condition.value,
            "approximateInvokeCount": given_up.invocations,
        },
        "version": "1.0",
        "timestamp": _instant(given_up.at),
        "KinesisBatchInfo": {
            "shardId": given_up.shard_id,
            "startSequenceNumber": given_up.sequence_numbers[0],
            "endSequenceNumber": given_up.sequence_numbers[-1],
            "approximateArrivalOfFirstRecord": _instant(given_up.first_arrival),
            "approximateArrivalOfLastRecord": _instant(given_up.last_arrival),
            "batchSize": len(given_up.sequence_numbers),
            "streamArn": given_up.stream_arn,
        },
    }
    if given_up.request_id is not None:
        record["responseContext"] = {
            "statusCode": _SUCCESS,
            "executedVersion": "$LATEST",
            "functionError": given_up.function_error,
        }
    return record


def event_record(failed: FailedEvent, function_arn: str, at: datetime) -> dict[str, Any]:
    """The JSON document on an asynchronous invocation."""
    result = failed.result
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": _instant(at),
        "requestContext": {
            "requestId": result.request_id if result else str(uuid.uuid4()),
            "functionArn": f"{function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": failed.invocations,
        },
        "requestPayload": json.loads(failed.payload),
    }
    if result is not None:
        record["responseContext"] = {
            "statusCode": _SUCCESS,
            "executedVersion": "$LATEST",
            "functionError": result.function_error,
        }
        record["responsePayload"] = json.loads(result.payload)
    return record


class Destinations:
    """Delivers to buckets (through `objects`), and to moto's queues and topics."""

    def __init__(self, objects: ObjectStore, token: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self._objects = objects
        self._token = token

    def deliver(self, destination: str, sender: Sender, given_up: GivenUp) -> None:
        """Write one batch.

        Raises:
            LookupError: there is no such bucket, queue or topic.
        """
        record = invocation_record(given_up, sender.function_arn)
        if destination.startswith("arn:aws:s3:"):
            name = destination.rpartition(":")[2]
            record["payload"] = given_up.payload.decode()
            key = object_key(sender.mapping, given_up.shard_id, given_up.at.astimezone(UTC), self._token())
            self._objects.put(name, key, json.dumps(record).encode(), "application/json")
        else:
            self.tell(destination, sender.account_id, sender.region, record)

    def tell(self, destination: str, account_id: str, region: str, record: Mapping[str, Any]) -> None:
        """Send one document to a queue or a topic.

        Raises:
            LookupError: there is no such queue or topic.
        """
        service, name = destination.split(":")[2], destination.rpartition(":")[2]
        if service == "sqs":
            queues = sqs_backends[account_id][region]
            if name not in queues.queues:
                raise LookupError(destination)
            queues.send_message(name, json.dumps(record))
        else:
            topics = sns_backends[account_id][region]
            if destination not in topics.topics:
                raise LookupError(destination)
            topics.publish(json.dumps(record), arn=destination)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

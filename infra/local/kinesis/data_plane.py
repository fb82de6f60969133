"""PutRecord, PutRecords and GetRecords over HTTP without moto's request path.

moto parses a body once as a form and once as JSON per parameter; for 500 records that costs more than to
store them.
"""

from base64 import b64encode
from datetime import datetime
from typing import Any, Final, cast

import orjson
from moto.core.exceptions import JsonRESTError
from moto.kinesis.models import kinesis_backends

from infra.local.kinesis.backend import KinesisBackend

TARGET: Final = "Kinesis_20131202."
ACTIONS: Final = frozenset(("PutRecord", "PutRecords", "GetRecords"))


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _put_record(backend: KinesisBackend, request: dict[str, Any]) -> dict[str, Any]:
    sequence_number, shard_id = backend.put_record(
        request.get("StreamARN"),
        request.get("StreamName"),
        request.get("PartitionKey", ""),
        request.get("ExplicitHashKey"),
        request.get("Data", ""),
    )
    return {"SequenceNumber": sequence_number, "ShardId": shard_id}


def _get_records(backend: KinesisBackend, request: dict[str, Any]) -> dict[str, Any]:
    answer = backend.read_records(request.get("ShardIterator", ""), request.get("Limit"))
    for record in answer["Records"]:
        arrival: datetime = record["ApproximateArrivalTimestamp"]
        record["ApproximateArrivalTimestamp"] = arrival.timestamp()
    return answer


def call(action: str, body: bytes, *, account_id: str, region: str) -> tuple[int, bytes]:
    """The status and JSON body that answer one of `ACTIONS`."""
    backend = cast("KinesisBackend", kinesis_backends[account_id][region])
    try:
        request: dict[str, Any] = orjson.loads(body)
        match action:
            case "PutRecords":
                answer = backend.put_records(
                    request.get("StreamARN"), request.get("StreamName"), request.get("Records") or []
                )
            case "PutRecord":
                answer = _put_record(backend, request)
            case _:
                answer = _get_records(backend, request)
    except orjson.JSONDecodeError:
        return 400, orjson.dumps({"__type": "SerializationException", "message": "The request is not JSON."})
    except JsonRESTError as error:
        return error.code, orjson.dumps({"__type": error.error_type, "message": error.message})
    return 200, orjson.dumps(answer, default=_encode)

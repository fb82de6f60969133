"""What Lambda gave up of a stream, with the records themselves.

Lambda writes one object per batch; its layout and keys are in the Lambda Developer Guide, "Retain
discarded batch records for a Kinesis Data Streams event source".
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from orderlake.errors import OrderlakeError
from orderlake.ledger.balance import Coordinate
from orderlake.ledger.stream_arrivals import parts_of


class GivenUpRecord(NamedTuple):
    """One event, or what was to be one; `condition` is why it was given up, `at` when."""

    coordinate: Coordinate
    data: bytes
    condition: str
    at: datetime


def records_of(key: str, body: bytes, stream_name: str) -> Iterator[GivenUpRecord]:
    """The records in one invocation record; none where it is of another stream.

    Raises:
        OrderlakeError: it is none of Lambda's.
    """
    try:
        document: dict[str, Any] = orjson.loads(body)
        batch = document["KinesisBatchInfo"]
        if batch["streamArn"].rpartition("/")[2] != stream_name:
            return
        condition, at = document["requestContext"]["condition"], datetime.fromisoformat(document["timestamp"])
        for record in orjson.loads(document["payload"])["Records"]:
            place = record["kinesis"]
            data = base64.b64decode(place["data"])
            for number, part in enumerate(parts_of(data, place["partitionKey"])):
                coordinate = Coordinate(batch["shardId"], int(place["sequenceNumber"]), number)
                yield GivenUpRecord(coordinate, part, condition, at)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise OrderlakeError(
            f"s3 object {key} is no invocation record of a Kinesis mapping: move it elsewhere"
        ) from error

"""The on-failure store: what Lambda gave up, with the records themselves.

Lambda writes one object per batch; its layout and keys are in the Lambda Developer Guide, "Retain
discarded batch records for a Kinesis Data Streams event source".
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from orderlake.aws import Aws
from orderlake.errors import OrderlakeError
from orderlake.ledger.balance import Arrivals, Coordinate
from orderlake.ledger.stream_arrivals import parts_of, promise_of


class GivenUpRecord(NamedTuple):
    """One event, or what was to be one; `condition` is why Lambda gave it up, `at` when."""

    coordinate: Coordinate
    data: bytes
    condition: str
    at: datetime


class OnFailureStore:
    """Reads the records of this stack's stream; objects that were read are not read again."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._s3 = aws.session.client("s3")
        self._read: dict[str, tuple[GivenUpRecord, ...]] = {}

    def records(self) -> Iterator[GivenUpRecord]:
        """Everything that was given up, the oldest batch first.

        Raises:
            OrderlakeError: an object is none of Lambda's.
        """
        for key in self._keys():
            if key not in self._read:
                bucket = self._aws.stack.lake_bucket
                body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                self._read[key] = tuple(records_of(key, body, self._aws.stack.stream_name))
        batches = sorted(self._read.values(), key=lambda batch: batch[0].at.timestamp() if batch else 0.0)
        return (record for batch in batches for record in batch)

    def arrivals(self) -> Arrivals:
        """The same for the ledger."""
        arrivals = Arrivals()
        for record in self.records():
            arrivals.add(record.coordinate, promise_of(record.data))
        return arrivals

    def _keys(self) -> Iterator[str]:
        stack = self._aws.stack
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=stack.lake_bucket, Prefix=stack.on_failure_prefix
        )
        for page in pages:
            yield from (entry["Key"] for entry in page.get("Contents", []))


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

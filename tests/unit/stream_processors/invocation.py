"""Invocations as Lambda makes them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.unit.stream_processors.fakes import FakeTime


@dataclass
class Context:
    """Lambda's context object: what the function uses of it. The function's reserve is not counted."""

    time: FakeTime
    function_name: str = "order-ingest"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:order-ingest"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        return int((self.time.seconds_left + 5) * 1000)


def sequence_number(position: int) -> str:
    return str(49590338271490256608559692538361571095921575989136588898 + position)


def kinesis_event(records: Sequence[bytes]) -> dict[str, Any]:
    """One batch of one shard."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "o-1",
                    "sequenceNumber": sequence_number(position),
                    "data": b64encode(data).decode(),
                    "approximateArrivalTimestamp": 1_767_225_600.125,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-000000000006:{sequence_number(position)}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::123456789012:role/order-ingest",
                "awsRegion": "us-east-1",
                "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/orderlake-dev-orders",
            }
            for position, data in enumerate(records)
        ]
    }

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from infra.local.engine import ObjectInfo
from infra.local.lambda_.given_up import Condition, Destinations, GivenUp, Sender, invocation_record

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:ingest"
SENDER = Sender("f89f8514", FUNCTION, "123456789012", "us-east-1")
GIVEN_UP = GivenUp(
    condition=Condition.RETRIES,
    shard_id="shardId-000000000001",
    stream_arn="arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    sequence_numbers=("11", "12"),
    first_arrival=datetime(2026, 1, 2, 3, 4, 5, 6_000, UTC),
    last_arrival=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
    payload=b'{"Records":[]}',
    invocations=3,
    request_id="request",
    function_error="Unhandled",
    at=datetime(2026, 1, 2, 3, 5, 0, tzinfo=UTC),
)


class Objects:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "") -> None:
        if bucket != "lake":
            raise KeyError(bucket)
        self.kept[bucket, key] = body

    def get(self, bucket: str, key: str) -> bytes:
        return self.kept[bucket, key]

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        raise NotImplementedError


def test_a_bucket_gets_the_records_under_the_documented_key() -> None:
    objects = Objects()
    Destinations(objects, token=lambda: "token").deliver("arn:aws:s3:::lake", SENDER, GIVEN_UP)
    ((place, body),) = objects.kept.items()
    key = "aws/lambda/f89f8514/shardId-000000000001/2026/01/02/2026-01-02T03.05.00-token"
    assert place == ("lake", key)
    assert json.loads(body) == {**invocation_record(GIVEN_UP, FUNCTION), "payload": '{"Records":[]}'}


def test_the_record_is_the_documented_one() -> None:
    assert invocation_record(GIVEN_UP, FUNCTION) == {
        "requestContext": {
            "requestId": "request",
            "functionArn": FUNCTION,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-01-02T03:05:00.000Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000001",
            "startSequenceNumber": "11",
            "endSequenceNumber": "12",
            "approximateArrivalOfFirstRecord": "2026-01-02T03:04:05.006Z",
            "approximateArrivalOfLastRecord": "2026-01-02T03:04:06.000Z",
            "batchSize": 2,
            "streamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        },
    }


def test_what_was_never_run_has_no_response() -> None:
    never_run = replace(GIVEN_UP, request_id=None, function_error=None, invocations=0)
    assert "responseContext" not in invocation_record(never_run, FUNCTION)


@pytest.mark.parametrize(
    "destination",
    [
        "arn:aws:s3:::gone",
        "arn:aws:sqs:us-east-1:123456789012:gone",
        "arn:aws:sns:us-east-1:123456789012:gone",
    ],
)
def test_a_destination_that_is_gone_is_told(destination: str) -> None:
    with pytest.raises(LookupError):
        Destinations(Objects()).deliver(destination, SENDER, GIVEN_UP)

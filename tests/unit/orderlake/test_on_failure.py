"""The on-failure store's objects, as Lambda writes them."""

import base64
import json

import pytest

from orderlake.errors import OrderlakeError
from orderlake.ledger.balance import Coordinate
from orderlake.ledger.on_failure import records_of
from producer.aggregation import MAGIC, UserRecord, pack

SHARD = "shardId-000000000001"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"


def invocation_record(*data: bytes, stream_arn: str = STREAM) -> bytes:
    records = [
        {
            "kinesis": {
                "partitionKey": "k",
                "sequenceNumber": str(10 + n),
                "data": base64.b64encode(one).decode(),
            }
        }
        for n, one in enumerate(data)
    ]
    return json.dumps(
        {
            "requestContext": {"condition": "RetryAttemptsExhausted"},
            "timestamp": "2026-01-02T03:05:00.000Z",
            "KinesisBatchInfo": {"shardId": SHARD, "streamArn": stream_arn},
            "payload": json.dumps({"Records": records}),
        }
    ).encode()


def test_each_record_has_its_place_in_the_stream() -> None:
    records = list(records_of("key", invocation_record(b"a", b"b"), "orders"))

    assert [(one.coordinate, one.data) for one in records] == [
        (Coordinate(SHARD, 10, 0), b"a"),
        (Coordinate(SHARD, 11, 0), b"b"),
    ]
    assert records[0].condition == "RetryAttemptsExhausted"
    assert records[0].at.isoformat() == "2026-01-02T03:05:00+00:00"


def test_an_aggregate_counts_as_its_parts() -> None:
    aggregate = pack([UserRecord("k", None, b"a"), UserRecord("k", None, b"b")])

    records = list(records_of("key", invocation_record(aggregate), "orders"))

    assert [(one.coordinate.sub_sequence_number, one.data) for one in records] == [(0, b"a"), (1, b"b")]


@pytest.mark.parametrize("data", [MAGIC + b"damaged, and long enough for a checksum", pack([])])
def test_an_aggregate_that_is_damaged_or_empty_counts_once(data: bytes) -> None:
    assert [one.data for one in records_of("key", invocation_record(data), "orders")] == [data]


def test_another_streams_records_are_not_ours() -> None:
    body = invocation_record(b"a", stream_arn=f"{STREAM}-of-others")
    assert list(records_of("key", body, "orders")) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"KinesisBatchInfo": {"streamArn": "x/orders"}}'])
def test_an_object_that_is_none_of_lambdas_is_named(body: bytes) -> None:
    with pytest.raises(OrderlakeError, match="some/key"):
        list(records_of("some/key", body, "orders"))

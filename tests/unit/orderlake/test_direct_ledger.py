"""The ledgers of a stack without a stream: what was promised stands in for what cannot be read again."""

import base64
import json
from datetime import UTC, datetime

import pytest

from orderlake.errors import OrderlakeError
from orderlake.ledger.accepted import accepted
from orderlake.ledger.balance import Coordinate, Promise
from orderlake.ledger.unprocessed import records_of
from producer.aggregation import UserRecord, pack
from tests.unit.orderlake.test_ledgers import a_run


def test_what_arrived_stands_where_it_arrived() -> None:
    place = Coordinate("direct", 495, 0)
    assert accepted([a_run("a", ((1, 1),), 1)], {place: Promise("a", 1)}) == {place}


def test_what_was_acknowledged_and_is_nowhere_stands_by_run_and_sequence() -> None:
    place = Coordinate("direct", 495, 0)
    found = accepted([a_run("a", ((1, 3),), 3)], {place: Promise("a", 2)})
    assert found == {place, Coordinate("a", 1, 0), Coordinate("a", 3, 0)}


def test_what_no_run_announced_stands_where_it_arrived() -> None:
    place = Coordinate("direct", 495, 0)
    assert accepted([], {place: None}) == {place}


def failure(data: bytes) -> bytes:
    line = {
        "attemptsMade": 4,
        "arrivalTimestamp": 1767268800000,
        "errorCode": "Lambda.FunctionError",
        "errorMessage": "The Lambda function was successfully invoked but it returned an error result.",
        "attemptEndingTimestamp": 1767268860000,
        "rawData": base64.b64encode(data).decode(),
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:transform:$LATEST",
    }
    return json.dumps(line).encode() + b"\n"


def test_an_unprocessed_record_is_its_events_named_after_object_and_line() -> None:
    aggregate = pack([UserRecord("k", None, b"two"), UserRecord("k", None, b"three")])
    records = list(records_of("key", failure(b"one") + failure(aggregate)))
    assert [(one.coordinate, one.data) for one in records] == [
        (Coordinate("key", 0, 0), b"one"),
        (Coordinate("key", 1, 0), b"two"),
        (Coordinate("key", 1, 1), b"three"),
    ]
    assert records[0].condition == "Lambda.FunctionError"
    assert records[0].at == datetime(2026, 1, 1, 12, 1, tzinfo=UTC)


def test_a_line_that_erasure_emptied_leaves_the_others_their_names() -> None:
    records = list(records_of("key", b"\n" + failure(b"two")))
    assert [one.coordinate for one in records] == [Coordinate("key", 1, 0)]


@pytest.mark.parametrize("body", [b"{}", b"junk", b'{"errorCode": "x"}'])
def test_an_object_that_is_none_of_firehoses_is_named(body: bytes) -> None:
    with pytest.raises(OrderlakeError, match="s3 object key"):
        list(records_of("key", body))

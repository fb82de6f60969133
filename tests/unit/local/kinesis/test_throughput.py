"""The throughput of a shard, and the metrics."""

import pytest
from moto.core.exceptions import JsonRESTError

from tests.unit.local.kinesis.kinesis_harness import START, Kinesis


def test_a_shard_takes_a_thousand_records_a_second_and_says_which_it_refused() -> None:
    kinesis = Kinesis(enforce_limits=True)
    kinesis.put_many([b"x"] * 500)
    kinesis.put_many([b"x"] * 499)
    answer = kinesis.put_many([b"first", b"second"])
    assert answer["FailedRecordCount"] == 1
    assert "SequenceNumber" in answer["Records"][0]
    assert answer["Records"][1] == {
        "ErrorCode": "ProvisionedThroughputExceededException",
        "ErrorMessage": "Rate exceeded for shard shardId-000000000000 in stream orders "
        "under account 123456789012.",
    }
    assert kinesis.read_shard(0)[-1] == b"first"


def test_the_next_second_takes_records_again() -> None:
    kinesis = Kinesis(enforce_limits=True)
    kinesis.put(b"x" * 1_000_000)
    with pytest.raises(JsonRESTError) as refused:
        kinesis.put(b"x" * 100_000)
    assert refused.value.error_type == "ProvisionedThroughputExceededException"
    kinesis.clock.advance(1)
    kinesis.put(b"x" * 100_000)


def test_each_shard_has_its_own_throughput() -> None:
    kinesis = Kinesis(shards=2, enforce_limits=True)
    kinesis.put(b"x" * 1_000_000, hash_key="0")
    kinesis.put(b"x" * 1_000_000, hash_key=str(2**127))


def test_a_shard_is_read_five_times_a_second() -> None:
    kinesis = Kinesis(enforce_limits=True)
    iterator = kinesis.iterator()
    for _ in range(5):
        kinesis.read(iterator)
    with pytest.raises(JsonRESTError) as refused:
        kinesis.read(iterator)
    assert refused.value.error_type == "ProvisionedThroughputExceededException"


def test_reading_much_at_once_silences_the_shard_for_a_while() -> None:
    kinesis = Kinesis(enforce_limits=True)
    for _ in range(10):
        kinesis.put(b"x" * 900_000)
        kinesis.clock.advance(1)
    iterator = kinesis.iterator()
    assert len(kinesis.read(iterator)) == 10
    kinesis.clock.advance(4)
    with pytest.raises(JsonRESTError):
        kinesis.read(iterator)
    kinesis.clock.advance(1)
    assert len(kinesis.read(iterator)) == 10


def test_without_the_setting_nothing_is_throttled() -> None:
    kinesis = Kinesis()
    for _ in range(4):
        assert kinesis.put_many([b"x" * 1000] * 500)["FailedRecordCount"] == 0


def test_metrics_are_sums_since_the_last_second_dated_when_they_began() -> None:
    kinesis = Kinesis(enforce_limits=True)
    kinesis.put_many([b"x"] * 500)
    kinesis.put_many([b"x"] * 500)
    kinesis.put_many([b"x"] * 3)
    kinesis.clock.advance(60)
    kinesis.engine.tick()
    assert kinesis.metrics.values == {
        "IncomingRecords": [1000],
        "IncomingBytes": [2000],
        "WriteProvisionedThroughputExceeded": [3],
    }
    assert kinesis.metrics.times["IncomingRecords"] == [START]


def test_nothing_is_published_while_nothing_happens() -> None:
    kinesis = Kinesis()
    kinesis.clock.advance(60)
    kinesis.engine.tick()
    assert kinesis.metrics.values == {}


def test_the_iterators_age_is_that_of_the_last_record_read() -> None:
    kinesis = Kinesis()
    kinesis.put()
    kinesis.clock.advance(90)
    kinesis.read_shard(0)
    kinesis.engine.tick()
    assert kinesis.metrics.values["GetRecords.IteratorAgeMilliseconds"] == [90_000]
    assert kinesis.metrics.values["GetRecords.Records"] == [1]


def test_what_was_counted_is_published_when_the_server_stops() -> None:
    kinesis = Kinesis()
    kinesis.put()
    kinesis.engine.drain()
    assert kinesis.metrics.values["IncomingRecords"] == [1]

"""Putting and reading records."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.exceptions import JsonRESTError

from infra.local.kinesis.limits import MAX_RECORD_BYTES
from tests.unit.local.kinesis.kinesis_harness import START, Kinesis

LARGEST_HASH_KEY = 2**128 - 1


def test_a_record_comes_back_as_it_was_put() -> None:
    kinesis = Kinesis()
    sequence_number, shard_id = kinesis.put(b"\x00\xff", key="ü")
    record = kinesis.backend.read_records(kinesis.iterator(), None)["Records"][0]
    assert shard_id == "shardId-000000000000"
    assert (record["Data"], record["PartitionKey"]) == (b"\x00\xff", "ü")
    assert record["SequenceNumber"] == sequence_number
    assert record["ApproximateArrivalTimestamp"] == START


def test_sequence_numbers_have_56_digits_and_grow() -> None:
    kinesis = Kinesis()
    numbers = [kinesis.put()[0] for _ in range(3)]
    assert {len(number) for number in numbers} == {56}
    assert numbers == sorted(set(numbers))


def test_sequence_numbers_grow_when_the_clock_steps_back() -> None:
    kinesis = Kinesis()
    first, _ = kinesis.put()
    kinesis.clock.advance(-3600)
    second, _ = kinesis.put()
    assert int(second) > int(first)


def test_a_later_server_gives_greater_sequence_numbers() -> None:
    earlier = [Kinesis().put()[0] for _ in range(3)]
    later = Kinesis(started_after_seconds=1).put_many([b"x"] * 3)["Records"][0]["SequenceNumber"]
    assert int(later) > max(map(int, earlier))


@pytest.mark.parametrize("hash_key", [0, 2**127 - 1, 2**127, LARGEST_HASH_KEY])
def test_every_hash_key_has_a_shard_both_ends_included(hash_key: int) -> None:
    kinesis = Kinesis(shards=2)
    _, shard_id = kinesis.put(hash_key=str(hash_key))
    assert shard_id == ("shardId-000000000000" if hash_key < 2**127 else "shardId-000000000001")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(0, LARGEST_HASH_KEY))
def test_shards_cover_the_hash_keys_without_gap_or_overlap(shards: int, hash_key: int) -> None:
    stream = Kinesis(shards=shards).stream
    holders = [s for s in stream.shards.values() if s.starting_hash <= hash_key <= s.ending_hash]
    assert holders == [stream.shard_of_hash(hash_key)]


def test_a_limit_cuts_an_answer_and_the_next_iterator_goes_on() -> None:
    kinesis = Kinesis()
    kinesis.put_many([b"1", b"2", b"3"])
    answer = kinesis.backend.read_records(kinesis.iterator(), 2)
    assert [record["Data"] for record in answer["Records"]] == [b"1", b"2"]
    assert kinesis.read(answer["NextShardIterator"]) == [b"3"]


def test_an_answer_holds_at_most_ten_megabytes() -> None:
    kinesis = Kinesis()
    for _ in range(11):
        kinesis.put(b"x" * 1_000_000)
    answer = kinesis.backend.read_records(kinesis.iterator(), None)
    assert len(answer["Records"]) == 9  # ten and their keys are over
    assert len(kinesis.read(answer["NextShardIterator"])) == 2


def test_millis_behind_latest_is_the_age_of_the_next_record() -> None:
    kinesis = Kinesis()
    kinesis.put()
    kinesis.put()
    kinesis.clock.advance(90)
    behind = kinesis.backend.read_records(kinesis.iterator(), 1)
    assert behind["MillisBehindLatest"] == 90_000
    assert kinesis.backend.read_records(behind["NextShardIterator"], 1)["MillisBehindLatest"] == 0


def test_latest_finds_only_what_comes_after_it() -> None:
    kinesis = Kinesis()
    kinesis.put(b"before")
    latest = kinesis.iterator("LATEST")
    kinesis.put(b"after")
    assert kinesis.read(latest) == [b"after"]


def test_at_and_after_a_sequence_number_differ_by_that_record() -> None:
    kinesis = Kinesis()
    first, _ = kinesis.put(b"1")
    kinesis.put(b"2")
    assert kinesis.read(kinesis.iterator("AT_SEQUENCE_NUMBER", sequence_number=first)) == [b"1", b"2"]
    assert kinesis.read(kinesis.iterator("AFTER_SEQUENCE_NUMBER", sequence_number=first)) == [b"2"]


def test_a_timestamp_finds_the_first_record_that_arrived_then_or_later() -> None:
    kinesis = Kinesis()
    for second in range(3):
        kinesis.put(str(second).encode())
        kinesis.clock.advance(1)
    assert kinesis.read(kinesis.iterator("AT_TIMESTAMP", at=START + timedelta(seconds=1))) == [b"1", b"2"]
    assert kinesis.read(kinesis.iterator("AT_TIMESTAMP", at=START - timedelta(days=1))) == [b"0", b"1", b"2"]


def test_a_timestamp_in_the_future_is_refused() -> None:
    kinesis = Kinesis()
    with pytest.raises(JsonRESTError, match="cannot be greater than the currentTimestampInMillis"):
        kinesis.iterator("AT_TIMESTAMP", at=START + timedelta(minutes=1))


def test_an_iterator_lives_five_minutes() -> None:
    kinesis = Kinesis()
    iterator = kinesis.iterator()
    kinesis.clock.advance(300)
    kinesis.read(iterator)
    kinesis.clock.advance(1)
    with pytest.raises(JsonRESTError, match="Iterator expired") as refused:
        kinesis.read(iterator)
    assert refused.value.error_type == "ExpiredIteratorException"


@pytest.mark.parametrize("token", ["", "nonsense", "e30=", "AAAA"])
def test_a_forged_iterator_is_refused(token: str) -> None:
    with pytest.raises(JsonRESTError, match="Invalid ShardIterator") as refused:
        Kinesis().read(token)
    assert refused.value.error_type == "InvalidArgumentException"


def test_a_sequence_number_of_another_shard_is_refused() -> None:
    kinesis = Kinesis(shards=2)
    number, _ = kinesis.put(hash_key="0")
    with pytest.raises(JsonRESTError, match="is invalid"):
        kinesis.iterator("AFTER_SEQUENCE_NUMBER", shard=1, sequence_number=number)


def test_records_leave_after_the_retention() -> None:
    kinesis = Kinesis()
    kinesis.put(b"old")
    kinesis.clock.advance(3600)
    kinesis.put(b"young")
    kinesis.clock.advance(23 * 3600 + 1)
    kinesis.engine.tick()
    assert kinesis.read(kinesis.iterator()) == [b"young"]


def test_a_request_holds_at_most_500_records() -> None:
    kinesis = Kinesis()
    assert kinesis.put_many([b"x"] * 500)["FailedRecordCount"] == 0
    with pytest.raises(JsonRESTError, match="less than or equal to 500"):
        kinesis.put_many([b"x"] * 501)


def test_a_record_holds_at_most_one_mebibyte_with_its_key() -> None:
    kinesis = Kinesis()
    kinesis.put(b"x" * (MAX_RECORD_BYTES - 3), key="key")
    with pytest.raises(JsonRESTError, match="1048576"):
        kinesis.put(b"x" * (MAX_RECORD_BYTES - 2), key="key")


def test_a_request_holds_at_most_five_mebibytes_and_is_refused_whole() -> None:
    kinesis = Kinesis()
    bodies = [b"x" * 1_000_000] * 6
    with pytest.raises(JsonRESTError, match="5 MB"):
        kinesis.put_many(bodies)
    assert kinesis.read_shard(0) == []


@pytest.mark.parametrize("key", ["", "k" * 257])
def test_a_key_has_one_to_256_characters(key: str) -> None:
    kinesis = Kinesis()
    kinesis.put(key="k" * 256)
    with pytest.raises(JsonRESTError) as refused:
        kinesis.put(key=key)
    assert refused.value.error_type == "ValidationException"


@pytest.mark.parametrize("hash_key", [str(2**128), "-1", "01", "x"])
def test_a_hash_key_is_a_number_of_128_bits(hash_key: str) -> None:
    with pytest.raises(JsonRESTError):
        Kinesis().put(hash_key=hash_key)


def test_data_that_is_not_base64_is_refused() -> None:
    with pytest.raises(JsonRESTError) as refused:
        Kinesis().backend.put_record(None, "orders", "k", None, "a")
    assert refused.value.error_type == "SerializationException"

"""Reading shards in process."""

from datetime import timedelta

import pytest

from infra.local.kinesis.stream_reader import KinesisShardReader, ShardRead, ShardReader
from tests.unit.local.kinesis.kinesis_harness import ACCOUNT, REGION, START, Kinesis

SHARD = "shardId-000000000000"


def reader() -> ShardReader:
    return KinesisShardReader(ACCOUNT, REGION)


def bodies(found: ShardRead) -> list[bytes]:
    return [record.data for record in found.records]


def test_reading_goes_on_from_the_position_of_the_last_read() -> None:
    kinesis = Kinesis()
    kinesis.put_many([b"1", b"2", b"3"])
    first = reader().read(kinesis.stream.arn, SHARD, None, limit=2)
    assert bodies(first) == [b"1", b"2"]
    assert first.position == first.records[-1].sequence_number
    assert bodies(reader().read(kinesis.stream.arn, SHARD, first.position)) == [b"3"]


def test_a_latest_reader_that_found_nothing_misses_nothing() -> None:
    kinesis = Kinesis()
    kinesis.put(b"before")
    nothing = reader().read(kinesis.stream.arn, SHARD, None, "LATEST")
    assert bodies(nothing) == []
    kinesis.put(b"after")
    assert bodies(reader().read(kinesis.stream.arn, SHARD, nothing.position)) == [b"after"]


def test_a_time_is_a_starting_position() -> None:
    kinesis = Kinesis()
    kinesis.put(b"before")
    kinesis.clock.advance(10)
    kinesis.put(b"after")
    found = reader().read(kinesis.stream.arn, SHARD, None, START + timedelta(seconds=5))
    assert bodies(found) == [b"after"]


def test_a_read_is_bounded_by_bytes_but_gives_one_record() -> None:
    kinesis = Kinesis()
    kinesis.put_many([b"12345", b"12345"])
    assert len(reader().read(kinesis.stream.arn, SHARD, None, max_bytes=12).records) == 2
    assert len(reader().read(kinesis.stream.arn, SHARD, None, max_bytes=11).records) == 1
    assert len(reader().read(kinesis.stream.arn, SHARD, None, max_bytes=1).records) == 1


def test_the_last_records_of_a_closed_shard_say_that_it_is_closed() -> None:
    kinesis = Kinesis()
    kinesis.put_many([b"1", b"2"])
    kinesis.backend.split_shard("", "orders", SHARD, str(2**127))
    assert not reader().read(kinesis.stream.arn, SHARD, None, limit=1).shard_closed
    assert reader().read(kinesis.stream.arn, SHARD, None).shard_closed


def test_a_listing_names_parents() -> None:
    kinesis = Kinesis()
    kinesis.backend.split_shard("", "orders", SHARD, str(2**127))
    shards = reader().list_shards(kinesis.stream.arn)
    assert [(shard.parent_shard_ids, shard.is_closed) for shard in shards] == [
        ((), True),
        ((SHARD,), False),
        ((SHARD,), False),
    ]


def test_reading_counts_for_the_iterators_age() -> None:
    kinesis = Kinesis()
    kinesis.put()
    kinesis.clock.advance(30)
    reader().read(kinesis.stream.arn, SHARD, None)
    kinesis.engine.tick()
    assert kinesis.metrics.values["GetRecords.IteratorAgeMilliseconds"] == [30_000]


def test_an_unknown_stream_or_shard_is_a_key_error() -> None:
    kinesis = Kinesis()
    with pytest.raises(KeyError):
        reader().list_shards("arn:aws:kinesis:us-east-1:123456789012:stream/none")
    with pytest.raises(KeyError):
        reader().read(kinesis.stream.arn, "shardId-000000000009", None)

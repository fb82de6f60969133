"""Our KPL codec beside aws_kinesis_agg's: each reads the same out of the other's aggregates."""

from base64 import b64decode, b64encode

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from producer.aggregation import MAX_HASH_KEY, UserRecord, pack, unpack

BATCHES = 10_000

keys = st.sampled_from(["", "order-1", "é" * 256, "\U0001f6d2" * 256]) | st.text(max_size=20)
hash_keys = st.integers(0, MAX_HASH_KEY).map(str)
data = st.sampled_from([b"", b"x" * 127, b"x" * 128, b"x" * 16_384]) | st.binary(max_size=50)


def batches(hash_key: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[UserRecord]]:
    return st.lists(st.builds(UserRecord, keys, hash_key, data), min_size=1, max_size=8)


def packed_by_them(records: list[UserRecord]) -> bytes:
    aggregator = RecordAggregator()
    for record in records:
        assert aggregator.add_user_record(record.partition_key, record.data, record.explicit_hash_key) is None
    contents: bytes = aggregator.clear_and_get().get_contents()[2]
    return contents


def unpacked_by_them(aggregate: bytes) -> list[UserRecord]:
    kinesis = {
        "kinesisSchemaVersion": "1.0",
        "sequenceNumber": "1",
        "approximateArrivalTimestamp": 1.0,
        "partitionKey": "other",
        "data": b64encode(aggregate).decode(),
    }
    found = [record["kinesis"] for record in deaggregate_records([{"kinesis": kinesis}])]
    return [
        UserRecord(record["partitionKey"], record["explicitHashKey"], b64decode(record["data"]))
        for record in found
    ]


def agree(records: list[UserRecord]) -> None:
    assert unpack(packed_by_them(records), "other") == records
    # Where some have an explicit hash key, theirs gives the first one to those that have none.
    with_key = sum(record.explicit_hash_key is not None for record in records)
    if with_key in {0, len(records)}:
        assert unpacked_by_them(pack(records)) == records
        assert pack(records) == packed_by_them(records)


@given(batches(st.none()) | batches(hash_keys) | batches(st.none() | hash_keys))
def test_both_read_the_same_out_of_each_others_aggregates(records: list[UserRecord]) -> None:
    agree(records)


@pytest.mark.slow
@settings(max_examples=BATCHES, deadline=None, database=None, phases=[Phase.generate])
@given(batches(st.none()) | batches(hash_keys))
def test_both_agree_on_ten_thousand_random_batches(records: list[UserRecord]) -> None:
    agree(records)


@pytest.mark.parametrize("length", [*range(120, 136), *range(16_376, 16_392)])
def test_both_agree_where_protobufs_lengths_grow(length: int) -> None:
    agree([UserRecord("k", None, b"x" * length), UserRecord("k" * min(length, 256), None, b"")])


@pytest.mark.parametrize("left", [0, 1, 2])
def test_both_agree_up_to_the_last_byte_of_a_kinesis_record(left: int) -> None:
    size = 1024 * 1024 - len("k") - left
    around = 1_000_000
    room = around + size - len(pack([UserRecord("k", None, b"x" * around)]))
    aggregate = pack([UserRecord("k", None, b"x" * room)])
    assert len(aggregate) == size
    assert unpacked_by_them(aggregate) == unpack(aggregate, "other")

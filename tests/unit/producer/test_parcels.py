import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.aggregation import MAGIC, UserRecord, unpack
from producer.parcels import AGGREGATE_KEY, Parcel, aggregated, singly
from producer.record import Record
from producer.shards import Shard, ShardMap

ONE_SHARD = ShardMap([Shard("shard-0", 0)])
TWO_SHARDS = ShardMap([Shard("shard-1", 2**127), Shard("shard-0", 0)])

keys = st.text(max_size=256) | st.sampled_from(["", "a", "é" * 256, "\U0001f6d2" * 256])
records = st.lists(st.builds(Record, st.integers(1, 2**40), keys, st.binary(max_size=300), st.just("t")))


def unpacked(parcel: Parcel) -> list[UserRecord]:
    found = unpack(parcel.data, parcel.partition_key)
    assert isinstance(found, list)
    return found


def record(length: int, key: str = "key") -> Record:
    return Record(1, key, b"x" * length, "t")


@given(records, st.integers(1, 2_000))
def test_every_record_is_in_one_parcel_in_its_order_and_no_aggregate_is_too_large(
    given: list[Record], limit: int
) -> None:
    parcels = aggregated(given, ONE_SHARD, limit)
    assert [kept for parcel in parcels for kept in parcel.records] == given
    for parcel in parcels:
        assert unpacked(parcel) == [UserRecord(r.partition_key, None, r.data) for r in parcel.records]
        assert parcel.size <= limit or len(parcel.records) == 1


@given(records.filter(lambda records: len(records) > 1))
def test_an_aggregate_is_cut_at_exactly_its_limit(given: list[Record]) -> None:
    (whole,) = aggregated(given, ONE_SHARD, 10**9)
    assert len(aggregated(given, ONE_SHARD, whole.size)) == 1
    assert len(aggregated(given, ONE_SHARD, whole.size - 1)) == 2


@pytest.mark.parametrize("length", [*range(118, 132), *range(16_370, 16_390), *range(51_120, 51_210)])
def test_sizes_are_exact_where_protobufs_lengths_grow(length: int) -> None:
    given = [record(3), record(length, "k" * (length % 257))]
    (whole,) = aggregated(given, ONE_SHARD, 10**9)
    assert len(aggregated(given, ONE_SHARD, whole.size)) == 1
    assert len(aggregated(given, ONE_SHARD, whole.size - 1)) == 2


@pytest.mark.parametrize("count", [127, 128, 129])
def test_sizes_are_exact_where_the_table_of_keys_grows(count: int) -> None:
    given = [record(1, f"key-{place}") for place in range(count)]
    (whole,) = aggregated(given, ONE_SHARD, 10**9)
    assert len(aggregated(given, ONE_SHARD, whole.size)) == 1
    assert len(aggregated(given, ONE_SHARD, whole.size - 1)) == 2


def test_a_single_record_stays_raw_under_its_own_key() -> None:
    (parcel,) = aggregated([record(5)], ONE_SHARD, 51_200)
    assert (parcel.partition_key, parcel.explicit_hash_key, parcel.data) == ("key", None, b"xxxxx")


def test_a_single_record_that_begins_like_an_aggregate_is_wrapped_in_one() -> None:
    (parcel,) = aggregated([Record(1, "key", MAGIC + b"x", "t")], ONE_SHARD, 51_200)
    assert unpacked(parcel) == [UserRecord("key", None, MAGIC + b"x")]


def test_a_record_over_the_aggregates_limit_stays_raw() -> None:
    parcels = aggregated([record(1), record(60_000), record(2)], ONE_SHARD, 51_200)
    assert [len(parcel.data) for parcel in parcels] == [1, 60_000, 2]


def test_an_aggregate_goes_to_the_shard_of_all_its_records() -> None:
    given = [record(1, f"key-{place}") for place in range(100)]
    parcels = aggregated(given, TWO_SHARDS, 51_200)
    assert {(p.partition_key, p.explicit_hash_key, p.shard_id) for p in parcels} == {
        (AGGREGATE_KEY, "0", "shard-0"),
        (AGGREGATE_KEY, str(2**127), "shard-1"),
    }
    for parcel in parcels:
        assert parcel.data.startswith(MAGIC)
        assert {TWO_SHARDS.of(kept.partition_key).shard_id for kept in parcel.records} == {parcel.shard_id}


def test_without_aggregation_every_record_is_by_itself() -> None:
    assert [parcel.data for parcel in singly([record(1), record(2)])] == [b"x", b"xx"]

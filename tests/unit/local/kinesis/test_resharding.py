"""Splitting and merging shards."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.exceptions import JsonRESTError

from tests.unit.local.kinesis.kinesis_harness import Kinesis

MIDDLE = str(2**127)


def split(kinesis: Kinesis) -> None:
    kinesis.backend.split_shard("", "orders", "shardId-000000000000", MIDDLE)


def test_after_a_split_records_go_to_the_children() -> None:
    kinesis = Kinesis()
    split(kinesis)
    assert kinesis.put(hash_key="0")[1] == "shardId-000000000001"
    assert kinesis.put(hash_key=MIDDLE)[1] == "shardId-000000000002"


def test_a_closed_shard_keeps_its_records_and_its_iterator_ends_with_the_children() -> None:
    kinesis = Kinesis()
    kinesis.put(b"before")
    split(kinesis)
    answer = kinesis.backend.read_records(kinesis.iterator(), None)
    assert [record["Data"] for record in answer["Records"]] == [b"before"]
    assert "NextShardIterator" not in answer
    assert [child["ShardId"] for child in answer["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]


def test_a_closed_shard_that_is_read_in_part_goes_on() -> None:
    kinesis = Kinesis()
    kinesis.put_many([b"1", b"2"])
    split(kinesis)
    answer = kinesis.backend.read_records(kinesis.iterator(), 1)
    assert kinesis.read(answer["NextShardIterator"]) == [b"2"]


def test_a_childs_first_record_sorts_after_its_parents_last() -> None:
    kinesis = Kinesis()
    last = kinesis.put_many([b"x"] * 500)["Records"][-1]["SequenceNumber"]
    split(kinesis)
    first, _ = kinesis.put(hash_key="0")
    assert int(first) > int(last)


def test_a_closed_shard_says_where_it_ended() -> None:
    kinesis = Kinesis()
    last, _ = kinesis.put()
    split(kinesis)
    closed = kinesis.stream.shards["shardId-000000000000"].to_json()
    assert int(closed["SequenceNumberRange"]["EndingSequenceNumber"]) >= int(last)


def test_a_merge_closes_both_parents() -> None:
    kinesis = Kinesis(shards=2)
    kinesis.backend.merge_shards("", "orders", "shardId-000000000001", "shardId-000000000000")
    child = kinesis.stream.shards["shardId-000000000002"]
    assert set(child.parents()) == {"shardId-000000000000", "shardId-000000000001"}
    assert (child.starting_hash, child.ending_hash) == (0, 2**128 - 1)
    assert kinesis.put()[1] == "shardId-000000000002"


def test_shards_that_are_not_neighbours_do_not_merge() -> None:
    kinesis = Kinesis(shards=3)
    with pytest.raises(JsonRESTError, match="not an adjacent pair"):
        kinesis.backend.merge_shards("", "orders", "shardId-000000000000", "shardId-000000000002")


def test_a_closed_shard_is_not_split_again() -> None:
    kinesis = Kinesis()
    split(kinesis)
    with pytest.raises(JsonRESTError, match="already been merged or split"):
        split(kinesis)


@pytest.mark.parametrize("middle", ["0", str(2**128 - 1)])
def test_a_split_leaves_both_sides_something(middle: str) -> None:
    with pytest.raises(JsonRESTError, match="NewStartingHashKey"):
        Kinesis().backend.split_shard("", "orders", "shardId-000000000000", middle)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.data())
def test_update_shard_count_gives_the_count_and_covers_every_key(shards: int, data: st.DataObject) -> None:
    target = data.draw(st.integers((shards + 1) // 2, shards * 2))
    stream = Kinesis(shards=shards).stream
    stream.update_shard_count(target)
    is_open = sorted(
        (shard.starting_hash, shard.ending_hash) for shard in stream.shards.values() if shard.is_open
    )
    assert len(is_open) == target == stream.shard_count
    assert is_open[0][0] == 0
    assert is_open[-1][1] == 2**128 - 1
    assert all(low[1] + 1 == high[0] for low, high in pairwise(is_open))


@pytest.mark.parametrize(("target", "bound"), [(5, "over double"), (1, "below half"), (0, "below half")])
def test_update_shard_count_at_most_doubles_and_at_least_halves(target: int, bound: str) -> None:
    kinesis = Kinesis(shards=2 if target == 5 else 3)
    with pytest.raises(JsonRESTError, match=bound):
        kinesis.stream.update_shard_count(target)


def test_a_closed_shard_leaves_the_listing_after_the_retention() -> None:
    kinesis = Kinesis()
    split(kinesis)
    kinesis.clock.advance(24 * 3600 + 1)
    kinesis.engine.tick()
    assert list(kinesis.stream.shards) == ["shardId-000000000001", "shardId-000000000002"]

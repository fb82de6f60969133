"""Kinesis through boto3, as AWS does it; runs against a real account too (see kinesis_endpoint.py)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.kinesis_endpoint import kinesis_client, stream

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

FIRST = "shardId-000000000000"
MIDDLE = str(2**127)


@pytest.fixture(scope="module")
def client() -> Iterator["KinesisClient"]:
    with kinesis_client() as kinesis:
        yield kinesis


@pytest.fixture(name="one_shard")
def fixture_one_shard(client: "KinesisClient") -> Iterator[str]:
    with stream(client) as name:
        yield name


@pytest.fixture(name="two_shards")
def fixture_two_shards(client: "KinesisClient") -> Iterator[str]:
    with stream(client, shards=2) as name:
        yield name


def iterator(client: "KinesisClient", name: str, kind: Any, shard: str = FIRST, **more: Any) -> str:
    answer = client.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType=kind, **more)
    return answer["ShardIterator"]


def read_all(client: "KinesisClient", first: str) -> list[bytes]:
    """Until the tip of the stream, or its end."""
    records: list[bytes] = []
    following: str | None = first
    while following:
        answer = client.get_records(ShardIterator=following)
        records.extend(record["Data"] for record in answer["Records"])
        following = answer.get("NextShardIterator")
        if answer["MillisBehindLatest"] == 0:
            break
    return records


def refused(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_records_come_back_in_the_order_of_their_shard(client: "KinesisClient", one_shard: str) -> None:
    for number in range(3):
        client.put_record(StreamName=one_shard, Data=f"{number}".encode(), PartitionKey="k")
    assert read_all(client, iterator(client, one_shard, "TRIM_HORIZON")) == [b"0", b"1", b"2"]


def test_a_record_has_its_arrival_and_its_sequence_number(client: "KinesisClient", one_shard: str) -> None:
    put = client.put_record(StreamName=one_shard, Data=b"\x00\xff", PartitionKey="kü")
    record = client.get_records(ShardIterator=iterator(client, one_shard, "TRIM_HORIZON"))["Records"][0]
    assert record["Data"] == b"\x00\xff"
    assert record["PartitionKey"] == "kü"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert len(put["SequenceNumber"]) == 56
    assert abs(datetime.now(UTC) - record["ApproximateArrivalTimestamp"]) < timedelta(minutes=1)


def test_a_batch_answers_entry_by_entry(client: "KinesisClient", two_shards: str) -> None:
    answer = client.put_records(
        StreamName=two_shards,
        Records=[
            {"Data": b"low", "PartitionKey": "k", "ExplicitHashKey": "0"},
            {"Data": b"high", "PartitionKey": "k", "ExplicitHashKey": str(2**128 - 1)},
        ],
    )
    assert answer["FailedRecordCount"] == 0
    assert [entry["ShardId"] for entry in answer["Records"]] == [FIRST, "shardId-000000000001"]


@pytest.mark.parametrize("hash_key", [str(2**127 - 1), MIDDLE])
def test_the_last_and_first_key_of_neighbours_are_taken(
    client: "KinesisClient", two_shards: str, hash_key: str
) -> None:
    answer = client.put_record(StreamName=two_shards, Data=b"x", PartitionKey="k", ExplicitHashKey=hash_key)
    assert answer["ShardId"] == ("shardId-000000000001" if hash_key == MIDDLE else FIRST)


def test_latest_begins_after_what_is_there(client: "KinesisClient", one_shard: str) -> None:
    client.put_record(StreamName=one_shard, Data=b"before", PartitionKey="k")
    latest = iterator(client, one_shard, "LATEST")
    client.put_record(StreamName=one_shard, Data=b"after", PartitionKey="k")
    assert read_all(client, latest) == [b"after"]


def test_at_and_after_a_sequence_number(client: "KinesisClient", one_shard: str) -> None:
    first = client.put_record(StreamName=one_shard, Data=b"1", PartitionKey="k")["SequenceNumber"]
    client.put_record(StreamName=one_shard, Data=b"2", PartitionKey="k")
    at = iterator(client, one_shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=first)
    after = iterator(client, one_shard, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first)
    assert read_all(client, at) == [b"1", b"2"]
    assert read_all(client, after) == [b"2"]


def test_a_time_before_the_first_record_finds_it(client: "KinesisClient", one_shard: str) -> None:
    client.put_record(StreamName=one_shard, Data=b"1", PartitionKey="k")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert read_all(client, iterator(client, one_shard, "AT_TIMESTAMP", Timestamp=an_hour_ago)) == [b"1"]


def test_an_empty_shard_gives_nothing_and_an_iterator(client: "KinesisClient", one_shard: str) -> None:
    answer = client.get_records(ShardIterator=iterator(client, one_shard, "TRIM_HORIZON"))
    assert answer["Records"] == []
    assert answer["MillisBehindLatest"] == 0
    assert answer["NextShardIterator"]


def test_a_split_closes_the_parent_and_names_the_children(client: "KinesisClient", one_shard: str) -> None:
    client.put_record(StreamName=one_shard, Data=b"before", PartitionKey="k")
    client.split_shard(StreamName=one_shard, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE)
    client.get_waiter("stream_exists").wait(StreamName=one_shard)
    put = client.put_record(StreamName=one_shard, Data=b"after", PartitionKey="k", ExplicitHashKey="0")
    answer = client.get_records(ShardIterator=iterator(client, one_shard, "TRIM_HORIZON"))
    assert put["ShardId"] == "shardId-000000000001"
    assert [record["Data"] for record in answer["Records"]] == [b"before"]
    assert answer.get("NextShardIterator") is None
    assert {child["ShardId"] for child in answer["ChildShards"]} == {
        "shardId-000000000001",
        "shardId-000000000002",
    }
    shards = {shard["ShardId"]: shard for shard in client.list_shards(StreamName=one_shard)["Shards"]}
    assert "EndingSequenceNumber" in shards[FIRST]["SequenceNumberRange"]
    assert shards["shardId-000000000001"]["ParentShardId"] == FIRST


def test_a_merge_joins_neighbours(client: "KinesisClient", two_shards: str) -> None:
    client.merge_shards(
        StreamName=two_shards, ShardToMerge=FIRST, AdjacentShardToMerge="shardId-000000000001"
    )
    client.get_waiter("stream_exists").wait(StreamName=two_shards)
    child = client.list_shards(StreamName=two_shards)["Shards"][-1]
    assert child["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (FIRST, "shardId-000000000001")
    summary = client.describe_stream_summary(StreamName=two_shards)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 1


def test_update_shard_count_doubles(client: "KinesisClient", one_shard: str) -> None:
    client.update_shard_count(StreamName=one_shard, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    client.get_waiter("stream_exists").wait(StreamName=one_shard)
    summary = client.describe_stream_summary(StreamName=one_shard)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


def test_a_request_over_500_records_is_refused(client: "KinesisClient", one_shard: str) -> None:
    with pytest.raises(ClientError) as error:
        client.put_records(StreamName=one_shard, Records=[{"Data": b"x", "PartitionKey": "k"}] * 501)
    assert refused(error) == "ValidationException"


def test_a_record_over_one_mebibyte_is_refused(client: "KinesisClient", one_shard: str) -> None:
    with pytest.raises(ClientError) as error:
        client.put_record(StreamName=one_shard, Data=b"x" * (1024 * 1024 + 1), PartitionKey="k")
    assert refused(error) in {"ValidationException", "InvalidArgumentException"}


def test_a_key_over_256_characters_is_refused(client: "KinesisClient", one_shard: str) -> None:
    with pytest.raises(ClientError) as error:
        client.put_record(StreamName=one_shard, Data=b"x", PartitionKey="k" * 257)
    assert refused(error) == "ValidationException"


def test_an_unknown_stream_is_not_found(client: "KinesisClient") -> None:
    with pytest.raises(ClientError) as error:
        client.put_record(StreamName="orderlake-conformance-none", Data=b"x", PartitionKey="k")
    assert refused(error) == "ResourceNotFoundException"


def test_a_forged_iterator_is_refused(client: "KinesisClient") -> None:
    with pytest.raises(ClientError) as error:
        client.get_records(ShardIterator="AAAA")
    assert refused(error) in {"InvalidArgumentException", "ValidationException"}

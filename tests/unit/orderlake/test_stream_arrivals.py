"""What is on a stream, read shard by shard: by hand-written shards instead of Kinesis."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from orderlake.ledger.balance import Coordinate
from orderlake.ledger.stream_arrivals import StreamReader
from producer.aggregation import MAX_HASH_KEY, UserRecord, pack

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

HALF = MAX_HASH_KEY // 2
LOW = UserRecord("sku-low", "1", b'{"producer_id": "p", "sequence": 1}')
HIGH = UserRecord("sku-high", str(HALF + 2), b'{"producer_id": "p", "sequence": 2}')


@dataclass
class FakeKinesis:
    """Two shards, `low` and `high`, that share the hash keys; all is read at once."""

    records: dict[str, list[bytes]]
    exceptions: Any = field(
        default_factory=lambda: type("", (), {"ProvisionedThroughputExceededException": OSError})
    )

    def list_shards(self, **_: str) -> dict[str, Any]:
        ranges = {"low": (0, HALF), "high": (HALF + 1, MAX_HASH_KEY)}
        return {
            "Shards": [
                {
                    "ShardId": name,
                    "HashKeyRange": {"StartingHashKey": str(first), "EndingHashKey": str(last)},
                }
                for name, (first, last) in ranges.items()
            ]
        }

    def get_shard_iterator(self, **asked: str) -> dict[str, str]:
        return {"ShardIterator": f"{asked['ShardId']}/{asked.get('StartingSequenceNumber', '0')}"}

    def get_records(self, **asked: Any) -> dict[str, Any]:
        shard, _, after = asked["ShardIterator"].partition("/")
        found = [
            {"SequenceNumber": str(number), "PartitionKey": "outer", "Data": data}
            for number, data in enumerate(self.records.get(shard, []), start=1)
            if number > int(after)
        ]
        return {"Records": found, "MillisBehindLatest": 0}


def reader(**records: list[bytes]) -> StreamReader:
    return StreamReader(cast("KinesisClient", FakeKinesis(records)), "orders", pause_seconds=0)


def test_parts_of_an_aggregate_in_another_shards_range_are_named() -> None:
    reading = reader(low=[pack([LOW, HIGH])], high=[pack([HIGH])])

    assert reading.read().copies.total() == 3
    assert reading.outside_shard == {Coordinate("low", 1, 1)}


def test_a_record_that_travels_alone_is_never_outside() -> None:
    reading = reader(low=[HIGH.data], high=[LOW.data])

    assert reading.read().copies.total() == 2
    assert reading.outside_shard == set()


def test_a_damaged_aggregate_is_one_record_and_not_outside() -> None:
    reading = reader(low=[pack([HIGH])[:-1] + b"?"])

    assert reading.read().copies.total() == 1
    assert reading.outside_shard == set()


def test_a_second_look_reads_only_what_is_new() -> None:
    shards: dict[str, list[bytes]] = {"low": [pack([LOW])]}
    reading = reader(**shards)
    reading.read()
    shards["low"].append(pack([LOW, LOW]))

    assert reading.read().copies == {
        Coordinate("low", 1, 0): 1,
        Coordinate("low", 2, 0): 1,
        Coordinate("low", 2, 1): 1,
    }

"""Reads a whole stream, from its oldest retained record, into arrivals."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import orjson

from orderlake.ledger.balance import Arrivals, Coordinate, Promise
from producer.aggregation import AggregateProblem, UserRecord, outside, unpack

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

READ_PAUSE_SECONDS = 0.2  # five GetRecords a second are allowed on a shard
THROTTLED_PAUSE_SECONDS = 1.0  # others read the same shard


class _Shard(NamedTuple):
    """A shard, open or closed, and the inclusive range of hash keys that it takes."""

    shard_id: str
    first_hash_key: int
    last_hash_key: int


class StreamReader:
    """Keeps its place in every shard, so that a second look reads only what is new.

    `outside_shard` are parts of aggregates, among those read, whose hash key is another shard's: their
    producer packed them by an old map of shards, and readers such as the KCL would drop them.
    """

    def __init__(
        self, kinesis: "KinesisClient", stream_name: str, *, pause_seconds: float = READ_PAUSE_SECONDS
    ) -> None:
        self._kinesis = kinesis
        self._stream_name = stream_name
        self._pause_seconds = pause_seconds
        self._last_read: dict[str, str] = {}
        self._arrivals = Arrivals()
        self.outside_shard: set[Coordinate] = set()

    def read(self) -> Arrivals:
        """Everything on the stream up to now."""
        for shard in self._shards():
            self._read_shard(shard)
        return self._arrivals

    def _shards(self) -> Iterator[_Shard]:
        answer = self._kinesis.list_shards(StreamName=self._stream_name)
        while True:
            for shard in answer["Shards"]:
                keys = shard["HashKeyRange"]
                yield _Shard(shard["ShardId"], int(keys["StartingHashKey"]), int(keys["EndingHashKey"]))
            if "NextToken" not in answer:
                return
            answer = self._kinesis.list_shards(NextToken=answer["NextToken"])

    def _read_shard(self, shard: _Shard) -> None:
        iterator: str | None = self._iterator(shard.shard_id)
        while iterator:
            try:
                answer = self._kinesis.get_records(ShardIterator=iterator, Limit=10_000)
            except self._kinesis.exceptions.ProvisionedThroughputExceededException:
                time.sleep(THROTTLED_PAUSE_SECONDS)
                continue
            for record in answer["Records"]:
                self._last_read[shard.shard_id] = record["SequenceNumber"]
                self._take(shard, int(record["SequenceNumber"]), record["PartitionKey"], record["Data"])
            iterator = answer.get("NextShardIterator")
            if answer.get("MillisBehindLatest", 0) == 0 and not answer["Records"]:
                return
            time.sleep(self._pause_seconds)

    def _iterator(self, shard_id: str) -> str:
        last_read = self._last_read.get(shard_id)
        if last_read is None:
            answer = self._kinesis.get_shard_iterator(
                StreamName=self._stream_name, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
            )
        else:
            answer = self._kinesis.get_shard_iterator(
                StreamName=self._stream_name,
                ShardId=shard_id,
                ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                StartingSequenceNumber=last_read,
            )
        return answer["ShardIterator"]

    def _take(self, shard: _Shard, sequence_number: int, partition_key: str, data: bytes) -> None:
        parts = _unpacked(data, partition_key)
        for place, part in enumerate(parts):
            self._arrivals.add(Coordinate(shard.shard_id, sequence_number, place), promise_of(part.data))
        # A record that travels alone may have had an explicit hash key, which readers are not told.
        if parts[0].data is not data:
            self.outside_shard |= {
                Coordinate(shard.shard_id, sequence_number, place)
                for place in outside(parts, shard.first_hash_key, shard.last_hash_key)
            }


def parts_of(data: bytes, partition_key: str) -> list[bytes]:
    """The sub-records of a Kinesis record; an aggregate that is damaged or empty is one part, whole."""
    return [part.data for part in _unpacked(data, partition_key)]


def _unpacked(data: bytes, partition_key: str) -> list[UserRecord]:
    unpacked = unpack(data, partition_key)
    if isinstance(unpacked, AggregateProblem) or not unpacked:
        return [UserRecord(partition_key, None, data)]
    return unpacked


def promise_of(document: bytes) -> Promise | None:
    """How the producer numbered an event; None where the bytes do not say."""
    try:
        event = orjson.loads(document)
    except orjson.JSONDecodeError:
        return None
    return promise_in(event) if isinstance(event, dict) else None


def promise_in(event: Mapping[str, object]) -> Promise | None:
    """The same, of an event that was read."""
    producer_id, sequence = event.get("producer_id"), event.get("sequence")
    if not isinstance(producer_id, str) or not isinstance(sequence, int) or isinstance(sequence, bool):
        return None
    return Promise(producer_id, sequence)

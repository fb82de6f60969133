"""`OrderStream` with aggregation, over a stream with shards, throttling and resharding."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import md5
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from producer.aggregation import MAGIC, UserRecord, pack, unpack
from producer.errors import RecordTooLarge
from producer.record import Record
from producer.stream import MAX_RECORD_BYTES, OrderStream, StreamSettings
from tests.unit.producer.events import record
from tests.unit.producer.fakes import FakeTime

_SPACE = 2**128


class FakeShards:
    """A stream whose shards split evenly; `throttle` says which entries are refused."""

    def __init__(self, shards: int = 2, throttled: float = 0.0) -> None:
        self.shards = [(f"shard-0-{n}", n * _SPACE // shards) for n in range(shards)]
        self.throttled = throttled
        self.lists = 0
        self.may_list = True
        self.only_throttles: str | None = None
        self.entries: list[tuple[str, list[bytes]]] = []
        self._random = random.Random(1)

    def reshard(self, shards: int) -> None:
        self.shards = [(f"shard-{len(self.entries)}-{n}", n * _SPACE // shards) for n in range(shards)]

    def list_shards(self, **_: Any) -> dict[str, Any]:
        self.lists += 1
        if not self.may_list:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListShards")
        closed = {
            "ShardId": "closed",
            "HashKeyRange": {"StartingHashKey": "5"},
            "SequenceNumberRange": {"EndingSequenceNumber": "9"},
        }
        opened = [
            {"ShardId": name, "HashKeyRange": {"StartingHashKey": str(first)}, "SequenceNumberRange": {}}
            for name, first in self.shards
        ]
        return {"Shards": [closed, *opened]}

    def put_records(self, *, StreamName: str, Records: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        results: list[dict[str, str]] = []
        for entry in Records:
            key = entry.get("ExplicitHashKey")
            place = int(key) if key else int(md5(entry["PartitionKey"].encode()).hexdigest(), 16)  # noqa: S324
            shard = [name for name, first in self.shards if first <= place][-1]
            if self._random.random() < self.throttled or shard == self.only_throttles:
                results.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "no"})
                continue
            found = unpack(entry["Data"], entry["PartitionKey"])
            assert isinstance(found, list)
            self.entries.append((shard, [part.data for part in found]))
            results.append({"SequenceNumber": "1", "ShardId": shard})
        return {"FailedRecordCount": sum("ErrorCode" in r for r in results), "Records": results}

    def taken(self) -> list[bytes]:
        return [part for _, parts in self.entries for part in parts]


def stream_to(kinesis: FakeShards, time: FakeTime, **settings: Any) -> tuple[OrderStream, list[Record]]:
    acknowledged: list[Record] = []
    stream = OrderStream(
        cast("Any", kinesis),
        StreamSettings(stream_name="orders", **settings),
        on_acknowledged=acknowledged.extend,
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda _low, high: high,
    )
    return stream, acknowledged


def interrupt(**_: Any) -> dict[str, Any]:
    raise KeyboardInterrupt


def numbered(sequence: int) -> Record:
    return record(sequence)._replace(data=b"%d" % sequence, partition_key=f"order-{sequence % 97}")


def test_events_of_one_shard_share_a_record_and_arrive_in_their_order() -> None:
    kinesis = FakeShards()
    stream, acknowledged = stream_to(kinesis, FakeTime())
    for sequence in range(1, 1_001):
        stream.put_record(numbered(sequence))
    stream.flush()
    assert len(kinesis.entries) == 2
    assert stream.stats.requests == 1
    assert sorted(taken.sequence for taken in acknowledged) == list(range(1, 1_001))
    for _, parts in kinesis.entries:
        assert [int(part) for part in parts] == sorted(int(part) for part in parts)


def test_nothing_is_lost_with_a_third_throttled_and_a_reshard_in_mid_run() -> None:
    kinesis = FakeShards(throttled=0.3)
    time = FakeTime()
    stream, acknowledged = stream_to(kinesis, time, max_aggregate_bytes=300)
    for sequence in range(1, 5_001):
        if sequence in (1_500, 3_000):
            kinesis.reshard(sequence // 500)
        time.now += 0.001
        stream.put_record(numbered(sequence))
    stream.flush()
    assert Counter(kinesis.taken()) == Counter(b"%d" % n for n in range(1, 5_001))
    assert sorted(taken.sequence for taken in acknowledged) == list(range(1, 5_001))
    assert stream.unacknowledged == ()
    assert stream.stats.throttled > 500


def test_after_a_reshard_the_map_is_read_again_and_records_go_where_they_belong() -> None:
    kinesis, time = FakeShards(shards=1), FakeTime()
    stream, _ = stream_to(kinesis, time)
    for sequence in range(1, 2_001):
        if sequence == 1_000:
            kinesis.reshard(4)
        time.now += 0.01
        stream.put_record(numbered(sequence))
    stream.flush()
    assert kinesis.lists == 2
    last: defaultdict[str, set[str]] = defaultdict(set)
    for shard, parts in kinesis.entries[-40:]:
        last[shard].update(f"order-{int(part) % 97}" for part in parts)
    assert len(last) == 4
    assert sum(len(keys) for keys in last.values()) == len(set().union(*last.values()))


def test_a_throttled_shard_does_not_hold_up_the_others() -> None:
    kinesis, time = FakeShards(), FakeTime()
    kinesis.only_throttles = "shard-0-0"
    stream, acknowledged = stream_to(kinesis, time)
    for sequence in range(1, 1_001):
        time.now += 0.002
        stream.put_record(numbered(sequence))
    assert len(acknowledged) > 300
    assert time.sleeps == []
    kinesis.only_throttles = None
    stream.flush()
    assert len(acknowledged) == 1_000


def test_what_was_taken_is_told_before_a_new_map_is_asked_for() -> None:
    kinesis, time = FakeShards(shards=1), FakeTime()
    stream, acknowledged = stream_to(kinesis, time)
    stream.put_record(numbered(1))
    stream.flush()
    kinesis.reshard(2)
    kinesis.list_shards = interrupt  # type: ignore[method-assign]
    time.now = 100.0
    stream.put_record(numbered(2))
    with pytest.raises(KeyboardInterrupt):
        stream.flush()
    assert [taken.sequence for taken in acknowledged] == [1, 2]


def test_put_waits_once_too_much_is_held() -> None:
    kinesis, time = FakeShards(throttled=1.0), FakeTime()
    stream, _ = stream_to(kinesis, time, max_held_bytes=1024 * 1024)
    for sequence in range(1, 101):
        stream.put_record(record(sequence, 10_000))
    assert time.sleeps == []

    def relent(seconds: float) -> None:
        kinesis.throttled = 0.0
        time.now += seconds

    stream._sleep = relent
    for sequence in range(101, 111):
        stream.put_record(record(sequence, 10_000))
    assert kinesis.entries


def test_without_the_right_to_list_shards_every_event_is_a_record_of_its_own() -> None:
    kinesis = FakeShards()
    kinesis.may_list = False
    stream, acknowledged = stream_to(kinesis, FakeTime())
    for sequence in range(1, 601):
        stream.put_record(numbered(sequence))
    stream.flush()
    assert [len(parts) for _, parts in kinesis.entries] == [1] * 600
    assert len(acknowledged) == 600


def test_the_balance_of_the_shards_is_counted() -> None:
    kinesis = FakeShards()
    stream, _ = stream_to(kinesis, FakeTime())
    for sequence in range(1, 1_001):
        stream.put_record(numbered(sequence))
    stream.flush()
    assert set(stream.stats.by_shard) == {"shard-0-0", "shard-0-1"}
    low, high = sorted(stream.stats.by_shard.values())
    assert high < 2 * low


def test_what_begins_like_an_aggregate_may_be_as_large_as_its_aggregate_allows() -> None:
    kinesis = FakeShards(shards=1)
    stream, _ = stream_to(kinesis, FakeTime())
    largest = next(
        size
        for size in range(MAX_RECORD_BYTES, 0, -1)
        if len(pack([UserRecord("key-1", None, MAGIC.ljust(size))])) + 1 <= MAX_RECORD_BYTES
    )
    with pytest.raises(RecordTooLarge):
        stream.put_record(record(1)._replace(data=MAGIC.ljust(largest + 1)))
    stream.put_record(record(1)._replace(data=MAGIC.ljust(largest)))
    stream.flush()
    assert kinesis.taken() == [MAGIC.ljust(largest)]


@pytest.mark.parametrize("size", [51_200, 1024 * 1024 - 5])
def test_a_large_event_goes_raw_beside_aggregates(size: int) -> None:
    kinesis = FakeShards(shards=1)
    stream, _ = stream_to(kinesis, FakeTime())
    for sequence in (1, 2):
        stream.put_record(numbered(sequence))
    stream.put_record(record(3, size))
    stream.flush()
    assert sorted(len(part) for part in kinesis.taken()) == [1, 1, size]

"""`OrderStream` over a stream that fails in every way, in any sequence, with and without a spool."""

import random
import tempfile
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from producer.aggregation import unpack
from producer.errors import StreamError
from producer.record import Record
from producer.spool import Spool
from producer.stream import OrderStream, StreamSettings
from tests.unit.producer.fakes import FakeTime

_SPACE = 2**128
_MIB = 1024 * 1024


class MoodyKinesis:
    """Two shards or more; `mood` says how the next requests go."""

    def __init__(self) -> None:
        self.mood = "well"
        self.shards = 2
        self.taken: set[int] = set()
        self._random = random.Random(1)

    def list_shards(self, **_: Any) -> dict[str, Any]:
        if self.mood == "refusing":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListShards")
        first = [n * _SPACE // self.shards for n in range(self.shards)]
        return {
            "Shards": [
                {
                    "ShardId": self.name(start),
                    "HashKeyRange": {"StartingHashKey": str(start)},
                    "SequenceNumberRange": {},
                }
                for start in first
            ]
        }

    def name(self, place: int) -> str:
        return f"{self.shards}-{place * self.shards // _SPACE}"

    def put_records(self, *, StreamName: str, Records: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert sum(len(entry["Data"]) + len(entry["PartitionKey"]) for entry in Records) <= 5 * _MIB
        assert 1 <= len(Records) <= 500
        if self.mood == "refusing":
            raise ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "no"}}, "PutRecords")
        if self.mood == "garbled":
            return {"message": "<html>"}
        results = [self._take(entry) for entry in Records]
        if self.mood == "mute":
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1:1")
        return {"FailedRecordCount": sum("ErrorCode" in result for result in results), "Records": results}

    def _take(self, entry: dict[str, Any]) -> dict[str, str]:
        if self.mood == "throttling" and self._random.random() < 0.5:
            return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "no"}
        assert len(entry["Data"]) + len(entry["PartitionKey"]) <= _MIB
        place = entry.get("ExplicitHashKey") or int(md5(entry["PartitionKey"].encode()).hexdigest(), 16)  # noqa: S324
        found = unpack(entry["Data"], entry["PartitionKey"])
        assert isinstance(found, list)
        self.taken.update(int(part.data[:8]) for part in found)
        return {"SequenceNumber": "1", "ShardId": self.name(int(place))}


class Sending(RuleBasedStateMachine):
    """What is acknowledged is on the stream; in the end everything that was taken is, and is told."""

    @initialize(aggregate=st.booleans(), spooled=st.booleans())
    def begin(self, aggregate: bool, spooled: bool) -> None:
        self.kinesis, self.time = MoodyKinesis(), FakeTime()
        self.put: set[int] = set()
        self.acknowledged: set[int] = set()
        self.sequence = 0
        self.settings = StreamSettings(
            stream_name="orders",
            aggregate=aggregate,
            max_held_bytes=_MIB,
            max_batch_bytes=_MIB,
            max_batch_records=20,
            max_aggregate_bytes=5_000,
            max_attempts=3,
        )
        self.folder = tempfile.TemporaryDirectory() if spooled else None
        self.spool = Spool(Path(self.folder.name)) if self.folder else None
        self.open()

    def open(self) -> None:
        self.stream = OrderStream(
            cast("Any", self.kinesis),
            self.settings,
            on_acknowledged=lambda taken: self.acknowledged.update(one.sequence for one in taken),
            spool=self.spool,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )

    @rule(count=st.integers(1, 60), size=st.sampled_from([8, 300, 30_000, 400_000]))
    def put_some(self, count: int, size: int) -> None:
        for _ in range(min(count, 3_000_000 // size)):
            self.sequence += 1
            data = b"%08d" % self.sequence
            record = Record(self.sequence, f"order-{self.sequence % 7}", data.ljust(size), "order_paid")
            self.put.add(self.sequence)
            try:
                is_safe = self.stream.put_record(record)
            except StreamError as error:
                if error.not_taken is not None:
                    self.put.remove(error.not_taken)
            else:
                assert not is_safe or self.sequence in self.acknowledged or self.spool is not None
            self.time.now += 0.01

    @rule()
    def flush(self) -> None:
        try:
            self.stream.flush()
        except StreamError as error:
            told = set(error.unacknowledged)
        else:
            told = set()
        assert told == self.put - self.acknowledged
        assert not told or self.kinesis.mood != "well"

    @rule(mood=st.sampled_from(["well", "well", "throttling", "refusing", "mute", "garbled"]))
    def change_mood(self, mood: str) -> None:
        self.kinesis.mood = mood

    @rule(shards=st.integers(1, 5))
    def reshard(self, shards: int) -> None:
        self.kinesis.shards = shards

    @rule(seconds=st.sampled_from([0.1, 2.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.time.now += seconds
        try:
            self.stream.flush_if_due()
        except StreamError:
            assert self.kinesis.mood != "well"

    @precondition(lambda self: self.spool is not None)
    @rule()
    def restart_from_the_spool(self) -> None:
        assert self.folder is not None
        assert self.spool is not None
        self.spool.close()
        self.spool = Spool(Path(self.folder.name))
        self.open()

    @invariant()
    def nothing_is_acknowledged_that_is_not_on_the_stream(self) -> None:
        if hasattr(self, "kinesis"):
            assert self.acknowledged <= self.kinesis.taken
            assert set(self.stream.unacknowledged) == self.put - self.acknowledged

    def teardown(self) -> None:
        if not hasattr(self, "kinesis"):
            return
        self.kinesis.mood = "well"
        self.stream.flush()
        assert self.put == self.acknowledged <= self.kinesis.taken
        assert self.stream.unacknowledged == ()
        if self.spool is not None and self.folder is not None:
            assert self.spool.depth == 0
            self.spool.close()
            self.folder.cleanup()


Sending.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSending = Sending.TestCase

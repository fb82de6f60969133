"""A stream and a function by hand, for the mapping's tests."""

import base64
import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from infra.local.clock import ManualClock
from infra.local.kinesis.stream_reader import ShardInfo, ShardRead, StartingPosition, StreamRecord
from infra.local.lambda_.errors import ThrottledError
from infra.local.lambda_.invocation import InvocationResult

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeStream:
    """Shards as lists; a `ShardReader`."""

    def __init__(self, clock: ManualClock, shards: Sequence[ShardInfo] = ()) -> None:
        self._clock = clock
        self.shards = list(shards) or [ShardInfo("shard-0", (), is_closed=False)]
        self.records: dict[str, list[StreamRecord]] = {shard.shard_id: [] for shard in self.shards}
        self._next = 1

    def put(self, *data: str, shard: str = "shard-0", key: str = "key") -> list[str]:
        """Add records and return their sequence numbers."""
        numbers = []
        for text in data:
            number = str(self._next)
            self._next += 1
            numbers.append(number)
            self.records[shard].append(StreamRecord(text.encode(), key, number, self._clock.now()))
        return numbers

    def add_child(self, shard: str, *parents: str) -> None:
        closed = [ShardInfo(one.shard_id, one.parent_shard_ids, is_closed=True) for one in self.shards]
        self.shards = [*closed, ShardInfo(shard, parents, is_closed=False)]
        self.records[shard] = []

    def list_shards(self, stream_arn: str) -> Sequence[ShardInfo]:
        if stream_arn != ARN:
            raise KeyError(stream_arn)
        return self.shards

    def read(
        self,
        stream_arn: str,
        shard_id: str,
        after_sequence_number: str | None,
        starting_position: StartingPosition = "TRIM_HORIZON",
        *,
        limit: int = 10_000,
        max_bytes: int = 10_000_000,
    ) -> ShardRead:
        records = self.records[shard_id]
        if after_sequence_number is not None:
            after = int(after_sequence_number)
        else:
            after = self._next - 1 if starting_position == "LATEST" else 0
        found: list[StreamRecord] = []
        size = 0
        for record in records:
            if int(record.sequence_number) <= after or len(found) == limit:
                continue
            size += len(record.data)
            if found and size > max_bytes:
                break
            found.append(record)
        is_closed = next(one for one in self.shards if one.shard_id == shard_id).is_closed
        at_end = not records or int(records[-1].sequence_number) <= (
            int(found[-1].sequence_number) if found else after
        )
        position = found[-1].sequence_number if found else str(after)
        return ShardRead(found, 0, is_closed and at_end, position)


class FakeFunction:
    """Remembers the batches it got; `answer` says what it returns for one."""

    def __init__(self, answer: Callable[[list[str]], object] = lambda _: None) -> None:
        self.answer = answer
        self.batches: list[list[str]] = []
        self.events: list[bytes] = []
        self._lock = threading.Lock()

    def __call__(self, event: bytes) -> InvocationResult:
        records = json.loads(event)["Records"]
        data = [base64.b64decode(record["kinesis"]["data"]).decode() for record in records]
        with self._lock:
            self.batches.append(data)
            self.events.append(event)
        answer = self.answer(data)
        if answer == "throttled":
            raise ThrottledError("function", 0)
        error = "Unhandled" if isinstance(answer, Exception) else None
        payload = b"{}" if error else json.dumps(answer).encode()
        return InvocationResult("id", payload, error, b"", 1.0)


def item_failures(*sequence_numbers: str) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sequence_numbers]}

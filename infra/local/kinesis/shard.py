"""One shard: an append-only log of records in memory, cut off by retention.

The log is kept as columns, not as objects: appending stays flat (Python's garbage collector would walk a
million small objects again and again), and every search is a bisection.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from infra.local.kinesis.stream_reader import StreamRecord

_VERSION: Final = 2 << 184  # gives 56 decimal digits, as AWS's have
_MICROS_SHIFT: Final = 120
_SHARD_SHIFT: Final = 4
_LAST_NIBBLE: Final = 2

BEFORE_ALL: Final = 0
MAX_HASH_KEY: Final = 2**128 - 1


def sequence_number_at(micros: int, shard_index: int) -> int:
    """The sequence number of a record put at `micros` (epoch, UTC).

    It grows with time across shards, children and restarts of the server, and is unique as long as a shard
    gives each microsecond once.
    """
    return _VERSION | micros << _MICROS_SHIFT | shard_index << _SHARD_SHIFT | _LAST_NIBBLE


@dataclass(frozen=True, slots=True)
class Found:
    """A slice of the log: the records, where to go on, and how far the slice's end is behind the log's."""

    records: list[StreamRecord]
    position: int
    millis_behind_latest: int
    iterator_age_millis: int
    size: int
    is_finished: bool


class Shard:
    """A range of hash keys (both ends inclusive) and its records."""

    def __init__(
        self,
        index: int,
        starting_hash: int,
        ending_hash: int,
        created_micros: int,
        *,
        parent: str | None = None,
        adjacent_parent: str | None = None,
    ) -> None:
        self.index = index
        self.shard_id = f"shardId-{index:012d}"
        self.starting_hash = starting_hash
        self.ending_hash = ending_hash
        self.parent = parent
        self.adjacent_parent = adjacent_parent
        self.created_micros = created_micros
        self.closed_micros: int | None = None
        self.last_micros = created_micros
        self._lock = threading.Lock()
        self._sequence_numbers: list[int] = []
        self._arrivals: list[int] = []
        self._keys: list[str] = []
        self._data: list[bytes] = []

    @property
    def is_open(self) -> bool:
        return self.closed_micros is None

    def __len__(self) -> int:
        return len(self._data)

    def parents(self) -> Iterator[str]:
        if self.parent:
            yield self.parent
        if self.adjacent_parent:
            yield self.adjacent_parent

    def append(self, partition_key: str, data: bytes, now_micros: int) -> str | None:
        """Add a record and return its sequence number, or None where the shard has been closed meanwhile."""
        with self._lock:
            if self.closed_micros is not None:
                return None
            self.last_micros = max(self.last_micros + 1, now_micros)
            sequence_number = sequence_number_at(self.last_micros, self.index)
            arrivals = self._arrivals
            # The clock of a machine may step back; arrivals must stay sorted for the bisection.
            arrivals.append(max(now_micros, arrivals[-1]) if arrivals else now_micros)
            self._keys.append(partition_key)
            self._data.append(data)
            self._sequence_numbers.append(sequence_number)
            return str(sequence_number)

    def close(self, now_micros: int) -> None:
        """Take no more records, as a split or merge does to the parent."""
        with self._lock:
            self.closed_micros = max(now_micros, self.last_micros)

    def latest(self) -> int:
        """The position after which only records put from now on are found."""
        return sequence_number_at(self.last_micros, self.index)

    def position_at(self, micros: int) -> int:
        """The position before the first record that arrived at `micros` or later."""
        with self._lock:
            place = bisect_left(self._arrivals, micros)
            if place == 0:
                return BEFORE_ALL
            return self._sequence_numbers[place - 1]

    def find(self, after: int, limit: int, max_bytes: int, now_micros: int) -> Found:
        """Up to `limit` records and `max_bytes` after a position; one record at least if there is one."""
        with self._lock:
            begin = end = bisect_right(self._sequence_numbers, after)
            last = min(len(self._data), begin + limit)
            size = 0
            while end < last:
                size += len(self._data[end]) + len(self._keys[end].encode())
                if size > max_bytes and end > begin:
                    size -= len(self._data[end]) + len(self._keys[end].encode())
                    break
                end += 1
            records = [
                StreamRecord(
                    data=self._data[i],
                    partition_key=self._keys[i],
                    sequence_number=str(self._sequence_numbers[i]),
                    approximate_arrival_timestamp=datetime.fromtimestamp(
                        self._arrivals[i] // 1000 / 1000, UTC
                    ),
                )
                for i in range(begin, end)
            ]
            at_end = end == len(self._data)
            age = (now_micros - self._arrivals[end - 1]) // 1000 if records else 0
            return Found(
                records=records,
                position=self._sequence_numbers[end - 1] if records else after,
                # On AWS: how far the response is from the tip of the stream, by the time of the next record.
                millis_behind_latest=0 if at_end else max(0, (now_micros - self._arrivals[end]) // 1000),
                iterator_age_millis=max(0, age),
                size=size,
                is_finished=at_end and self.closed_micros is not None,
            )

    def forget_before(self, micros: int) -> int:
        """Drop the records that arrived before `micros`; return how many."""
        with self._lock:
            place = bisect_left(self._arrivals, micros)
            if place:
                for column in (self._sequence_numbers, self._arrivals, self._keys, self._data):
                    del column[:place]
            return place

    def to_json(self) -> dict[str, Any]:
        sequence_numbers = {
            "StartingSequenceNumber": str(sequence_number_at(self.created_micros, self.index))
        }
        if self.closed_micros is not None:
            sequence_numbers["EndingSequenceNumber"] = str(sequence_number_at(self.closed_micros, self.index))
        response: dict[str, Any] = {
            "ShardId": self.shard_id,
            "HashKeyRange": {
                "StartingHashKey": str(self.starting_hash),
                "EndingHashKey": str(self.ending_hash),
            },
            "SequenceNumberRange": sequence_numbers,
        }
        if self.parent:
            response["ParentShardId"] = self.parent
        if self.adjacent_parent:
            response["AdjacentParentShardId"] = self.adjacent_parent
        return response

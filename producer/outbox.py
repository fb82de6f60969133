"""What waits in memory to be sent: events as they came, and the parcels made of them."""

from collections.abc import Callable, Sequence
from typing import Final

from producer.lanes import Lanes
from producer.parcels import Parcel, aggregated, singly
from producer.put_records import Outcome
from producer.record import Record
from producer.shards import ShardMap
from producer.stream_settings import MAX_RECORD_BYTES, StreamSettings

_SHARD_MAP_SECONDS: Final = 1.0
_NO_SHARD_MAP_SECONDS: Final = 30.0


class Outbox:
    """Not thread-safe by itself (`OrderStream` takes care of it). Sizes in bytes, times in seconds."""

    def __init__(
        self,
        settings: StreamSettings,
        read_shards: Callable[[], ShardMap | None],
        clock: Callable[[], float],
    ) -> None:
        """`read_shards` asks the service; None where it does not tell."""
        self._settings = settings
        self._read_shards = read_shards
        self._clock = clock
        self._fresh: list[Record] = []
        self._fresh_bytes = 0
        self._oldest_at = 0.0
        self._shards: ShardMap | None = None
        self._shards_read_at = float("-inf")
        # Events are sent once there are so many: what one request holds, or all shards take in a second.
        self._batch_bytes = settings.max_batch_bytes
        self.parcels: list[Parcel] = []
        self.held_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._fresh or self.parcels)

    @property
    def has_fresh(self) -> bool:
        """Whether there are events that no parcel was made of yet."""
        return bool(self._fresh)

    def records(self) -> list[Record]:
        """All that waits, by sequence."""
        waiting = [record for parcel in self.parcels for record in parcel.records]
        return sorted(waiting, key=lambda record: record.sequence) + self._fresh

    def has_room(self, size: int) -> bool:
        """Whether so much more may be held."""
        return self.held_bytes + size <= self._settings.max_held_bytes

    def hold(self, record: Record, size: int) -> None:
        """Take one event of that size in."""
        if self._fresh_bytes + size > self._batch_bytes:
            self.wrap()
        if not self._fresh:
            self._oldest_at = self._clock()
        self._fresh.append(record)
        self._fresh_bytes += size
        self.held_bytes += size

    def is_due(self, now: float) -> bool:
        """Whether the fresh events have waited for long enough, or fill a batch."""
        settings = self._settings
        return bool(self._fresh) and (
            now - self._oldest_at >= settings.linger_seconds
            or self._fresh_bytes >= self._batch_bytes
            or (not settings.aggregate and len(self._fresh) >= settings.max_batch_records)
        )

    def wrap(self) -> None:
        """Make parcels of what is fresh."""
        if not self._fresh:
            return
        if self._settings.aggregate and self._shards is None:
            self._refresh_shards(_NO_SHARD_MAP_SECONDS)
        if self._settings.aggregate and self._shards is not None:
            self.parcels += aggregated(self._fresh, self._shards, self._settings.max_aggregate_bytes)
        else:
            self.parcels += singly(self._fresh)
        self._fresh, self._fresh_bytes = [], 0

    def next_batch(self, lanes: Lanes, now: float) -> list[Parcel]:
        """The parcels that one request may hold, first come first."""
        batch: list[Parcel] = []
        total = 0
        for parcel in self.parcels:
            if not lanes.is_open(parcel, now):
                continue
            total += parcel.size
            if total > self._settings.max_batch_bytes or len(batch) == self._settings.max_batch_records:
                break
            batch.append(parcel)
        return batch

    def remove(self, taken: Sequence[Parcel], size: int) -> None:
        """Forget what the stream has, events of `size` bytes."""
        gone = {id(parcel) for parcel in taken}
        self.parcels = [parcel for parcel in self.parcels if id(parcel) not in gone]
        self.held_bytes -= size

    def wrap_anew_if_resharded(self, batch: Sequence[Parcel], outcome: Outcome) -> bool:
        """Where a parcel landed in a shard that was not expected, read the map and make all parcels anew."""
        is_stale = any(
            shard_id and parcel.shard_id not in {"", shard_id}
            for parcel, shard_id in zip(batch, outcome.shard_ids, strict=False)
        )
        if not is_stale or not self._refresh_shards(_SHARD_MAP_SECONDS):
            return False
        self._fresh, self._fresh_bytes, self.parcels = self.records(), self.held_bytes, []
        self.wrap()
        return True

    def _refresh_shards(self, not_within: float) -> bool:
        now = self._clock()
        if now - self._shards_read_at < not_within:
            return False
        self._shards_read_at = now
        self._shards = self._read_shards() or self._shards
        if self._shards:
            self._batch_bytes = min(self._settings.max_batch_bytes, len(self._shards) * MAX_RECORD_BYTES)
        return True

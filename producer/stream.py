"""The client a shop embeds: events go to Kinesis, and nothing is forgotten on the way.

PutRecords can fail in part and promises no order; failed entries alone are sent again, and the order
of one order's events is restored downstream by (`occurred_at`, `sequence`).
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from producer import contract
from producer.contract import OrderEvent
from producer.errors import RecordTooLarge, SendInterrupted, StreamError
from producer.lanes import Lane, Lanes
from producer.parcels import Parcel, aggregated, singly
from producer.put_records import Outcome, put_records
from producer.record import Record
from producer.shards import ShardMap, read_shard_map
from producer.spool import Spool
from producer.stream_settings import MAX_RECORD_BYTES, StreamSettings, StreamStats

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

__all__ = ["MAX_RECORD_BYTES", "OrderStream", "Record", "StreamSettings", "StreamStats"]

_SHARD_MAP_SECONDS: Final = 1.0
_NO_SHARD_MAP_SECONDS: Final = 30.0


OnAcknowledged = Callable[[Sequence[Record]], None]


class OrderStream:
    """Sends events in batches, from any thread.

    `put` buffers, and sends when a batch is full; `flush` returns once everything put is on the
    stream. What was acknowledged is told to `on_acknowledged`, in the order of acknowledgement.
    After a `StreamError` the events that were not acknowledged are still here: `flush` tries again.
    With a spool every event is on disk before `put` returns, an outage fills the disk and not the
    memory, and what an earlier process left there is sent with the next flush.
    As a context manager it flushes at the end, unless leaving because of an error of its own.
    """

    def __init__(
        self,
        client: "KinesisClient",
        settings: StreamSettings,
        *,
        on_acknowledged: OnAcknowledged | None = None,
        spool: Spool | None = None,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`client` must not retry by itself (see `producer.connection.connect`); `stop` shortens waiting."""
        self._client = client
        self._settings = settings
        self._on_acknowledged = on_acknowledged
        self._spool = spool
        self._stop = stop or threading.Event()
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.RLock()
        self._fresh: list[Record] = []
        self._fresh_bytes = 0
        self._oldest_at = 0.0
        self._parcels: list[Parcel] = []
        self._held_bytes = 0
        self._lanes = Lanes(settings.first_pause_seconds, settings.longest_pause_seconds, jitter)
        self._resume_at = 0.0
        self._stopped_at: float | None = None
        self._shards: ShardMap | None = None
        self._shards_read_at = float("-inf")
        # What lies in the spool after this place is not in memory.
        self._loaded_place = 0
        self._is_behind = spool is not None and spool.depth > 0
        self._by_shard: dict[str, int] = {}
        self._stats = StreamStats(by_shard=self._by_shard)

    @property
    def stats(self) -> StreamStats:
        return self._stats

    @property
    def spooled(self) -> int:
        """How many events wait in the spool."""
        return 0 if self._spool is None else self._spool.depth

    @property
    def unacknowledged(self) -> tuple[int, ...]:
        """Sequences of what was put and is not on the stream as far as is known."""
        with self._lock:
            if self._spool is not None:
                return tuple(self._spool.sequences())
            waiting = [record.sequence for parcel in self._parcels for record in parcel.records]
            return tuple(sorted(waiting) + [record.sequence for record in self._fresh])

    def put(self, event: OrderEvent) -> bool:
        """Take one event to send; True says that it is safe: on the stream, or in the spool.

        False says that it is buffered: `flush` and `on_acknowledged` tell when it is safe.

        Raises:
            EventTooLarge: over the contract's limit; the event was not taken.
            SpoolUnwritable: the disk refuses; the event was not taken.
            StreamError: a batch was due and could not be sent; the event was taken all the same.
        """
        key = contract.partition_key(event)
        return self.put_record(Record(event.sequence, key, contract.encode(event), event.event_type))

    def put_record(self, record: Record) -> bool:
        """Take one encoded event to send; as `put`, and `RecordTooLarge` over Kinesis's limit."""
        size = record.size
        if size > MAX_RECORD_BYTES:
            raise RecordTooLarge(
                stream=self._settings.stream_name, sequence=record.sequence, size=size, limit=MAX_RECORD_BYTES
            )
        with self._lock:
            has_room = self._held_bytes + size <= self._settings.max_held_bytes
            if self._spool is not None:
                record = self._spool.add(record)
                self._is_behind = self._is_behind or not has_room
                if not self._is_behind:
                    self._hold(record, size)
            else:
                if not has_room:
                    self._make_room(size)
                self._hold(record, size)
            self._go_on()
            return self._spool is not None or not self._held_bytes

    def flush_if_due(self) -> None:
        """Send what has waited for long enough; raises as `flush`."""
        with self._lock:
            self._go_on()

    def flush(self) -> None:
        """Return once everything put is acknowledged.

        Raises:
            StreamError: the retry budget is spent, or trying again would not help.
        """
        with self._lock:
            while self._fresh or self._parcels or self._load():
                self._wrap()
                self._send_or_wait()

    def close(self) -> None:
        """Flush; the stream can be used again."""
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, StreamError):
            self.close()

    def _hold(self, record: Record, size: int) -> None:
        if self._fresh_bytes + size > self._batch_bytes():
            self._wrap()
        if not self._fresh:
            self._oldest_at = self._clock()
        self._fresh.append(record)
        self._fresh_bytes += size
        self._held_bytes += size
        self._loaded_place = record.place

    def _make_room(self, size: int) -> None:
        """Back-pressure: wait until the stream took so much that `size` more bytes can be held."""
        self._wrap()
        while self._parcels and self._held_bytes + size > self._settings.max_held_bytes:
            self._send_or_wait()

    def _load(self) -> bool:
        """Bring more of the spool into memory; False where nothing is left there."""
        if self._spool is None or not self._is_behind:
            return False
        records = self._spool.load(self._loaded_place, self._settings.max_batch_bytes)
        for record in records:
            self._hold(record, record.size)
        self._is_behind = bool(records)
        return self._is_behind

    def _go_on(self) -> None:
        """Send once, if anything is due; waits for nothing but the answer."""
        now = self._clock()
        if self._fresh and (
            now - self._oldest_at >= self._settings.linger_seconds
            or self._fresh_bytes >= self._batch_bytes()
            or (not self._settings.aggregate and len(self._fresh) >= self._settings.max_batch_records)
        ):
            self._wrap()
        if self._parcels:
            if self._resume_at <= now:
                self._send_once(now, is_patient=self._spool is not None)
        elif not self._fresh and self._is_behind:
            self._load()

    def _batch_bytes(self) -> int:
        """Events are sent once there are so many: what one request holds, or all shards take in a second."""
        limit = self._settings.max_batch_bytes
        return min(limit, len(self._shards) * MAX_RECORD_BYTES) if self._shards else limit

    def _wrap(self) -> None:
        """Make parcels of what is fresh."""
        if not self._fresh:
            return
        if self._settings.aggregate and self._shards is None:
            self._read_shards(_NO_SHARD_MAP_SECONDS)
        if self._settings.aggregate and self._shards is not None:
            self._parcels += aggregated(self._fresh, self._shards, self._settings.max_aggregate_bytes)
        else:
            self._parcels += singly(self._fresh)
        self._fresh, self._fresh_bytes = [], 0
        self._resume_at = 0.0

    def _read_shards(self, not_within: float) -> bool:
        now = self._clock()
        if now - self._shards_read_at < not_within:
            return False
        self._shards_read_at = now
        self._shards = read_shard_map(self._client, self._settings.stream_name) or self._shards
        return True

    def _send_or_wait(self) -> None:
        """Send what may be sent, or wait until something may."""
        now = self._clock()
        if not self._send_once(now, is_patient=False):
            self._pause(self._resume_at - now)

    def _send_once(self, now: float, *, is_patient: bool) -> bool:
        """Send what may be sent; False where nothing may. A patient one never gives up."""
        batch = self._next_batch(now)
        if not batch:
            self._resume_at = self._lanes.resume_at(self._parcels)
            return False
        outcome = put_records(self._client, self._settings.stream_name, batch)
        stuck = self._settle(batch, outcome)
        if outcome.refused is not None:
            self._lanes.reset()
            raise outcome.refused(self._settings.stream_name, self.unacknowledged)
        if stuck:
            self._check_budget(stuck, outcome, is_patient=is_patient)
        return True

    def _next_batch(self, now: float) -> list[Parcel]:
        """The parcels that one request may hold, first come first."""
        batch: list[Parcel] = []
        total = 0
        for parcel in self._parcels:
            if not self._lanes.is_open(parcel, now):
                continue
            total += parcel.size
            if total > self._settings.max_batch_bytes or len(batch) == self._settings.max_batch_records:
                break
            batch.append(parcel)
        return batch

    def _settle(self, batch: Sequence[Parcel], outcome: Outcome) -> list[Lane]:
        """Forget what was taken and tell of it; returns the lanes in which something failed."""
        failed_places = set(outcome.failed)
        taken = [parcel for place, parcel in enumerate(batch) if place not in failed_places]
        failed = [batch[place] for place in outcome.failed]
        gone = {id(parcel) for parcel in taken}
        self._parcels = [parcel for parcel in self._parcels if id(parcel) not in gone]
        records = [record for parcel in taken for record in parcel.records]
        count = sum(record.size for record in records)
        self._held_bytes -= count
        stuck = self._lanes.settle(taken, failed, self._clock())
        self._resume_at = self._lanes.resume_at(self._parcels) if self._parcels else 0.0
        before = self._stats
        self._stats = before._replace(
            records=before.records + len(records),
            bytes=before.bytes + count,
            requests=before.requests + 1,
            retried=before.retried + (0 if outcome.refused else sum(len(p.records) for p in failed)),
            throttled=before.throttled + sum(len(batch[place].records) for place in outcome.throttled),
        )
        self._note_shards(batch, outcome)
        if records:
            if self._spool is not None:
                self._spool.remove(records)
            if self._on_acknowledged is not None:
                self._on_acknowledged(records)
        return stuck

    def _note_shards(self, batch: Sequence[Parcel], outcome: Outcome) -> None:
        """Add up what each shard took; one that was not expected says that the stream was resharded."""
        is_stale = False
        for parcel, shard_id in zip(batch, outcome.shard_ids, strict=False):
            if shard_id:
                self._by_shard[shard_id] = self._by_shard.get(shard_id, 0) + len(parcel.data)
                is_stale = is_stale or parcel.shard_id not in {"", shard_id}
        if is_stale and self._read_shards(_SHARD_MAP_SECONDS):
            waiting = [record for parcel in self._parcels for record in parcel.records]
            self._fresh = sorted(waiting, key=lambda record: record.sequence) + self._fresh
            self._fresh_bytes = self._held_bytes
            self._parcels = []
            self._lanes.reset()
            self._wrap()

    def _check_budget(self, stuck: Sequence[Lane], outcome: Outcome, *, is_patient: bool) -> None:
        settings, now = self._settings, self._clock()
        if self._stop.is_set():
            self._stopped_at = now if self._stopped_at is None else self._stopped_at
            if now - self._stopped_at >= settings.stop_grace_seconds:
                self._lanes.reset()
                raise SendInterrupted(stream=settings.stream_name, unacknowledged=self.unacknowledged)
        if is_patient:
            return
        for lane in stuck:
            stalled = now - lane.stuck_since
            if lane.attempts >= settings.max_attempts or stalled >= settings.max_stalled_seconds:
                attempts = lane.attempts
                self._lanes.reset()
                raise outcome.gave_up(settings.stream_name, self.unacknowledged, attempts, stalled)

    def _pause(self, seconds: float) -> None:
        """Wait; a stop cuts it short."""
        if self._sleep is not None:
            self._sleep(seconds)
        elif self._stop.is_set():
            time.sleep(min(seconds, self._settings.first_pause_seconds))
        else:
            self._stop.wait(seconds)

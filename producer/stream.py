"""The client a shop embeds: events go to Kinesis, and nothing is forgotten on the way.

PutRecords can fail in part and promises no order; failed entries alone are sent again, and the order
of one order's events is restored downstream by (`occurred_at`, `sequence`).
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from producer import contract
from producer.aggregation import is_aggregate
from producer.contract import OrderEvent
from producer.errors import RecordTooLarge, SendInterrupted, StreamError, WrongPartitionKey
from producer.lanes import Lane, Lanes
from producer.outbox import Outbox
from producer.parcels import Parcel, size_alone
from producer.put_records import Outcome, put_records
from producer.record import Record
from producer.shards import read_shard_map
from producer.spool import Spool
from producer.stream_settings import MAX_KEY_CHARACTERS, MAX_RECORD_BYTES, StreamSettings, StreamStats

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from producer.direct import DirectPut

__all__ = ["MAX_RECORD_BYTES", "OrderStream", "Record", "StreamSettings", "StreamStats"]

OnAcknowledged = Callable[[Sequence[Record]], None]


class OrderStream:
    """Sends events in batches, from any thread; while one thread sends or waits, the others wait for it.

    `put` buffers, and sends when a batch is full; `flush` returns once everything put is on the
    stream. What was acknowledged is told to `on_acknowledged`, in the order of acknowledgement.
    After a `StreamError` the events that were not acknowledged are still here: `flush` tries again.
    With a spool every event is on disk before `put` returns, an outage fills the disk and not the
    memory, and what an earlier process left there is sent with the next flush.
    As a context manager it flushes at the end, unless leaving because of an error of its own.
    """

    def __init__(
        self,
        client: "KinesisClient | DirectPut",
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
        self._outbox = Outbox(settings, lambda: read_shard_map(client, settings.stream_name), clock)
        self._lanes = Lanes(settings.first_pause_seconds, settings.longest_pause_seconds, jitter)
        self._resume_at = 0.0
        self._refused_until = float("-inf")
        self._stopped_at: float | None = None
        # What lies in the spool after this place is not in memory.
        self._loaded_place = 0
        self._is_behind = spool is not None and spool.depth > 0
        self._stats = StreamStats()

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
            return tuple(record.sequence for record in self._outbox.records())

    def put(self, event: OrderEvent) -> bool:
        """Take one event to send; True says that it is safe: on the stream, or in the spool.

        False says that it is buffered: `flush` and `on_acknowledged` tell when it is safe.

        Raises:
            EventTooLarge: over the contract's limit; the event was not taken.
            SpoolUnwritable: the disk refuses the event, which was not taken, or a note that others were sent.
            StreamError: what was due could not be sent; the event was taken, unless `not_taken` names it.
        """
        key = contract.partition_key(event)
        return self.put_record(Record(event.sequence, key, contract.encode(event), event.event_type))

    def put_record(self, record: Record) -> bool:
        """Take one encoded event to send; as `put`, and `StreamError` over the service's limits."""
        size = self._checked_size(record)
        with self._lock:
            if self._spool is not None:
                record = self._spool.add(record)
                self._is_behind = self._is_behind or not self._outbox.has_room(size)
                if not self._is_behind:
                    self._hold(record, size)
            else:
                self._make_room(record, size)
                self._hold(record, size)
            self._go_on()
            return self._spool is not None or not self._outbox.held_bytes

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
            while self._outbox or self._load():
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

    def _checked_size(self, record: Record) -> int:
        """Refuse what the service would refuse, and everything else in the same request with it."""
        stream, sequence = self._settings.stream_name, record.sequence
        if not 1 <= len(record.partition_key) <= MAX_KEY_CHARACTERS:
            raise WrongPartitionKey(stream=stream, sequence=sequence, length=len(record.partition_key))
        size = record.size
        alone = size_alone(record) if self._settings.aggregate and is_aggregate(record.data) else size
        if alone > (limit := self._settings.max_record_bytes):
            raise RecordTooLarge(stream=stream, sequence=sequence, size=alone, limit=limit)
        return size

    def _hold(self, record: Record, size: int) -> None:
        self._outbox.hold(record, size)
        self._loaded_place = record.place

    def _make_room(self, record: Record, size: int) -> None:
        """Back-pressure: wait until the stream took so much that `size` more bytes can be held."""
        if self._outbox.has_room(size):
            return
        self._wrap()
        try:
            while self._outbox and not self._outbox.has_room(size):
                self._send_or_wait()
        except StreamError as error:
            error.not_taken = record.sequence
            raise

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
        if self._outbox.is_due(now):
            self._wrap()
        if self._outbox.parcels:
            if max(self._resume_at, self._refused_until) <= now:
                self._send_once(now, is_patient=self._spool is not None)
        elif self._is_behind and not self._outbox:
            self._load()

    def _wrap(self) -> None:
        """Make parcels of what is fresh; it may be for a shard that takes them now."""
        if self._outbox.has_fresh:
            self._outbox.wrap()
            self._resume_at = 0.0

    def _send_or_wait(self) -> None:
        """Send what may be sent, or wait until something may."""
        now = self._clock()
        if not self._send_once(now, is_patient=False):
            self._pause(self._resume_at - now)

    def _send_once(self, now: float, *, is_patient: bool) -> bool:
        """Send what may be sent; False where nothing may. A patient one never gives up."""
        batch = self._outbox.next_batch(self._lanes, now)
        if not batch:
            self._resume_at = self._lanes.resume_at(self._outbox.parcels)
            return False
        outcome = put_records(self._client, self._settings.stream_name, batch)
        stuck = self._settle(batch, outcome)
        if self._outbox.wrap_anew_if_resharded(batch, outcome):
            self._lanes.reset()
            self._resume_at = 0.0
        if outcome.refused is not None:
            self._lanes.reset()
            self._refused_until = now + self._settings.longest_pause_seconds
            raise outcome.refused(self._settings.stream_name, self.unacknowledged)
        if stuck:
            self._check_budget(stuck, outcome, is_patient=is_patient)
        return True

    def _settle(self, batch: Sequence[Parcel], outcome: Outcome) -> list[Lane]:
        """Forget what was taken and tell of it; returns the lanes in which something failed."""
        failed_places = set(outcome.failed)
        taken = [parcel for place, parcel in enumerate(batch) if place not in failed_places]
        failed = [batch[place] for place in outcome.failed]
        records = [record for parcel in taken for record in parcel.records]
        size = sum([record.size for record in records])
        self._outbox.remove(taken, size)
        stuck = self._lanes.settle(taken, failed, self._clock())
        parcels = self._outbox.parcels
        self._resume_at = self._lanes.resume_at(parcels) if parcels else 0.0
        self._count(batch, outcome, len(records), size)
        if records:
            try:
                if self._spool is not None:
                    self._spool.remove(records)
            finally:
                if self._on_acknowledged is not None:
                    self._on_acknowledged(records)
        return stuck

    def _count(self, batch: Sequence[Parcel], outcome: Outcome, taken: int, taken_bytes: int) -> None:
        before = self._stats
        by_shard = Counter(before.by_shard)
        for parcel, shard_id in zip(batch, outcome.shard_ids, strict=False):
            if shard_id:
                by_shard[shard_id] += len(parcel.data)
        failed = () if outcome.refused else outcome.failed
        self._stats = StreamStats(
            records=before.records + taken,
            bytes=before.bytes + taken_bytes,
            requests=before.requests + 1,
            retried=before.retried + sum(len(batch[place].records) for place in failed),
            throttled=before.throttled + sum(len(batch[place].records) for place in outcome.throttled),
            by_shard=by_shard,
        )

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

"""The client a shop embeds: events go to Kinesis, and nothing is forgotten on the way.

PutRecords can fail in part and promises no order; failed entries alone are sent again, and the order
of one order's events is restored downstream by (`occurred_at`, `sequence`).
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from producer import contract
from producer.contract import OrderEvent
from producer.errors import RecordTooLarge, SendInterrupted, StreamError
from producer.put_records import Outcome, put_records

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

MAX_RECORD_BYTES: Final = 1024 * 1024
MAX_REQUEST_RECORDS: Final = 500


class Record(NamedTuple):
    """One event ready to send; `sequence` is its place in the run."""

    sequence: int
    partition_key: str
    data: bytes
    event_type: str

    @property
    def size(self) -> int:
        """What Kinesis counts: data and partition key, bytes."""
        return len(self.data) + len(self.partition_key.encode())


class StreamSettings(BaseModel):
    """How events are sent. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_name: Annotated[str, Field(min_length=1)]
    max_batch_records: Annotated[int, Field(ge=1, le=MAX_REQUEST_RECORDS)] = MAX_REQUEST_RECORDS
    max_batch_bytes: Annotated[int, Field(ge=MAX_RECORD_BYTES, le=5 * 1024 * 1024)] = 4_718_592
    linger_seconds: Annotated[float, Field(ge=0)] = 0.2
    """How old a buffered event may become before the next `put` or `flush_if_due` sends it."""
    first_pause_seconds: Annotated[float, Field(gt=0)] = 0.1
    longest_pause_seconds: Annotated[float, Field(gt=0)] = 5.0
    max_attempts: Annotated[int, Field(ge=1)] = 12
    """Attempts in a row of which not one entry was taken."""
    max_stalled_seconds: Annotated[float, Field(gt=0)] = 60.0
    """Time without one entry taken."""
    stop_grace_seconds: Annotated[float, Field(ge=0)] = 3.0
    """Time to go on trying once told to stop."""


class StreamStats(NamedTuple):
    """What was sent so far."""

    records: int = 0
    bytes: int = 0
    requests: int = 0
    retried: int = 0
    throttled: int = 0


OnAcknowledged = Callable[[Sequence[Record]], None]


class OrderStream:
    """Sends events in batches, from any thread.

    `put` buffers, and sends when a batch is full; `flush` returns once everything put is on the
    stream. What was acknowledged is told to `on_acknowledged`, in the order of acknowledgement.
    After a `StreamError` the events that were not acknowledged are still here: `flush` tries again.
    As a context manager it flushes at the end, unless leaving because of an error of its own.
    """

    def __init__(
        self,
        client: "KinesisClient",
        settings: StreamSettings,
        *,
        on_acknowledged: OnAcknowledged | None = None,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`client` must not retry by itself (see `producer.connection.connect`); `stop` shortens waiting."""
        self._client = client
        self._settings = settings
        self._on_acknowledged = on_acknowledged
        self._stop = stop or threading.Event()
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.RLock()
        self._buffer: list[Record] = []
        self._buffered_bytes = 0
        self._oldest_at = 0.0
        self._stats = StreamStats()

    @property
    def stats(self) -> StreamStats:
        return self._stats

    @property
    def unacknowledged(self) -> tuple[int, ...]:
        """Sequences of what was put and is not on the stream as far as is known."""
        with self._lock:
            return tuple(record.sequence for record in self._buffer)

    def put(self, event: OrderEvent) -> None:
        """Take one event to send.

        Raises:
            EventTooLarge: over the contract's limit; the event was not taken.
            StreamError: a batch was due and could not be sent.
        """
        key = contract.partition_key(event)
        self.put_record(Record(event.sequence, key, contract.encode(event), event.event_type))

    def put_record(self, record: Record) -> None:
        """Take one encoded event to send; raises as `put`, and `RecordTooLarge` over Kinesis's limit."""
        size = record.size
        if size > MAX_RECORD_BYTES:
            raise RecordTooLarge(
                stream=self._settings.stream_name, sequence=record.sequence, size=size, limit=MAX_RECORD_BYTES
            )
        settings = self._settings
        with self._lock:
            if self._buffered_bytes + size > settings.max_batch_bytes:
                self.flush()
            if not self._buffer:
                self._oldest_at = self._clock()
            self._buffer.append(record)
            self._buffered_bytes += size
            if len(self._buffer) >= settings.max_batch_records:
                self.flush()
            else:
                self.flush_if_due()

    def flush_if_due(self) -> None:
        """Send what is buffered if its oldest event has waited for `linger_seconds`; raises as `flush`."""
        if self._buffer and self._clock() - self._oldest_at >= self._settings.linger_seconds:
            self.flush()

    def flush(self) -> None:
        """Return once everything put is acknowledged.

        Raises:
            StreamError: the retry budget is spent, or trying again would not help.
        """
        with self._lock:
            while self._buffer:
                self._send_batch()

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

    def _send_batch(self) -> None:
        """Send the head of the buffer until all of it is taken."""
        batch = self._head()
        pending = batch
        attempts = 0
        moved_at = self._clock()
        stopped_at: float | None = None
        while pending:
            outcome = put_records(self._client, self._settings.stream_name, pending)
            self._settle(pending, outcome)
            if outcome.refused is not None:
                raise outcome.refused(self._settings.stream_name, self.unacknowledged)
            if not outcome.failed:
                return
            now = self._clock()
            if len(outcome.failed) < len(pending):
                attempts, moved_at = 0, now
            attempts += 1
            pending = [pending[place] for place in outcome.failed]
            if self._stop.is_set():
                stopped_at = now if stopped_at is None else stopped_at
                if now - stopped_at >= self._settings.stop_grace_seconds:
                    raise SendInterrupted(
                        stream=self._settings.stream_name, unacknowledged=self.unacknowledged
                    )
            stalled = now - moved_at
            if attempts >= self._settings.max_attempts or stalled >= self._settings.max_stalled_seconds:
                raise outcome.gave_up(self._settings.stream_name, self.unacknowledged, attempts, stalled)
            self._stats = self._stats._replace(retried=self._stats.retried + len(pending))
            self._pause(attempts)

    def _head(self) -> list[Record]:
        """The most records from the head of the buffer that one request may hold."""
        if (
            self._buffered_bytes <= self._settings.max_batch_bytes
            and len(self._buffer) <= self._settings.max_batch_records
        ):
            return list(self._buffer)
        taken = total = 0
        for record in self._buffer[: self._settings.max_batch_records]:
            total += record.size
            if total > self._settings.max_batch_bytes:
                break
            taken += 1
        return self._buffer[:taken]

    def _settle(self, sent: Sequence[Record], outcome: Outcome) -> None:
        """Forget what was taken and tell of it."""
        if not outcome.failed and len(sent) == len(self._buffer):
            taken: Sequence[Record] = sent
            self._buffer = []
        else:
            failed = set(outcome.failed)
            taken = [record for place, record in enumerate(sent) if place not in failed]
            gone = {id(record) for record in taken}
            self._buffer = [record for record in self._buffer if id(record) not in gone]
        count = sum(record.size for record in taken)
        self._buffered_bytes = self._buffered_bytes - count if self._buffer else 0
        before = self._stats
        self._stats = StreamStats(
            before.records + len(taken),
            before.bytes + count,
            before.requests + 1,
            before.retried,
            before.throttled + outcome.throttled,
        )
        if taken and self._on_acknowledged is not None:
            self._on_acknowledged(taken)

    def _pause(self, attempts: int) -> None:
        """Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"); a stop cuts it short."""
        settings = self._settings
        ceiling = min(settings.longest_pause_seconds, settings.first_pause_seconds * 2 ** (attempts - 1))
        seconds = self._jitter(0.0, ceiling)
        if self._sleep is not None:
            self._sleep(seconds)
        elif self._stop.is_set():
            time.sleep(min(seconds, settings.first_pause_seconds))
        else:
            self._stop.wait(seconds)

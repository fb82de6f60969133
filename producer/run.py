"""One run of a producer: drafts are numbered, announced, sent and journalled.

```python
journal = Journal(S3Manifests(s3, bucket), start_run(...))
stream = OrderStream(kinesis, settings, on_acknowledged=journal.acknowledge, stop=stop)
report = send(drafts, stream, journal, stop=stop)
```
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from producer.draft import EventDraft, Numberer
from producer.errors import StreamError
from producer.journal import Journal
from producer.manifest import EventTypeStats
from producer.pace import FullSpeed, Pace
from producer.record import Record
from producer.spool import Spool
from producer.stream import OrderStream

_PROGRESS_SECONDS: Final = 0.1
# Waiting for less costs more than being that early.
_SHORTEST_WAIT: Final = 0.002
_LONGEST_WAIT: Final = 0.1

Wait = Callable[[float], bool]


class RunProgress(NamedTuple):
    """Where a run stands.

    `produced` events were handed to the stream, `acknowledged` are on it, `spooled` wait on disk;
    `by_shard` are acknowledged bytes, as sent.
    """

    produced: int
    acknowledged: int
    bytes: int
    retried: int
    throttled: int
    spooled: int
    by_shard: Mapping[str, int]
    seconds: float


class RunReport(NamedTuple):
    """What a run did. `was_stopped` says that it was told to stop before its source ended."""

    producer_id: str
    stream_name: str
    produced: int
    acknowledged: int
    bytes: int
    requests: int
    retried: int
    throttled: int
    seconds: float
    was_stopped: bool
    by_type: Mapping[str, EventTypeStats]


OnProgress = Callable[[RunProgress], None]


def send(
    drafts: Iterable[EventDraft],
    stream: OrderStream,
    journal: Journal,
    *,
    pace: Pace | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    wait: Wait | None = None,
) -> RunReport:
    """Send everything, or what there is until `stop` is set or the pace says it is over.

    Nothing is sent before the journal announced it. What the journal knew from the beginning to be on the
    stream is not sent again: so a run that was cut off goes on, with the same drafts and its manifest.
    Once `stop` is set the buffered events still go out, within the stream's `stop_grace_seconds`. Where
    the source fails, what it gave before is sent, the journal is closed, and its error is raised.

    Raises:
        StreamError: not everything could be sent; the journal says what was.
        ManifestUnwritable: the journal cannot be kept.
    """
    stop = stop or threading.Event()
    run = _Run(stream, journal, pace or FullSpeed(), on_progress, stop, clock, wait or stop.wait)
    try:
        run.feed(drafts)
        stream.flush()
    except StreamError as error:
        journal.fail(stream.unacknowledged)
        if error.not_taken is not None:
            journal.fail([error.not_taken])
        raise
    except BaseException:
        _flush_after_failure(stream, journal)
        raise
    finally:
        if journal.announced:
            journal.note_retries(stream.stats.retried)
            journal.close()
    run.tell()
    return run.report()


def send_rest(
    spool: Spool,
    stream: OrderStream,
    journal: Journal,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Finish the run that was killed, or cut off, before everything in its spool was sent.

    `journal` goes on with `spool.run`. Damaged events count as failed. Raises as `send`; then the run
    stays in the spool.
    """
    try:
        send((), stream, journal, on_progress=on_progress, stop=stop)
    finally:
        journal.fail(entry.sequence for entry in spool.damaged)
        # Whatever was sent: the run may have been killed between its announcement and its first event.
        journal.close()
    spool.finish()


def _flush_after_failure(stream: OrderStream, journal: Journal) -> None:
    try:
        stream.flush()
    except StreamError:
        journal.fail(stream.unacknowledged)
        raise


class _Run:
    """The state of one call of `send`."""

    def __init__(
        self,
        stream: OrderStream,
        journal: Journal,
        pace: Pace,
        on_progress: OnProgress | None,
        stop: threading.Event,
        clock: Callable[[], float],
        wait: Wait,
    ) -> None:
        self._stream = stream
        self._journal = journal
        self._pace = pace
        self._on_progress = on_progress
        self._stop = stop
        self._clock = clock
        self._wait = wait
        self._numberer = Numberer(journal.producer_id)
        self._started = clock()
        self._told_at = self._started
        self._was_stopped = False

    @property
    def produced(self) -> int:
        return self._numberer.last

    def feed(self, drafts: Iterable[EventDraft]) -> None:
        """Give the stream one draft after the other, each when it is due."""
        stream, journal, numberer = self._stream, self._journal, self._numberer
        before = journal.acknowledged_before
        for draft in drafts:
            due = self._pace.due(draft)
            if due is None:
                return
            if self._stop.is_set() or (due > 0 and not self._wait_for(self._started + due)):
                self._was_stopped = True
                return
            sequence, data = numberer.number(draft)
            if before and sequence in before:
                continue
            journal.announce(sequence)
            stream.put_record(Record(sequence, draft.partition_key, data, draft.event_type, draft.fault))
            self._tell_if_due()

    def report(self) -> RunReport:
        stats = self._stream.stats
        return RunReport(
            producer_id=self._journal.producer_id,
            stream_name=self._journal.stream_name,
            produced=self.produced,
            acknowledged=stats.records,
            bytes=stats.bytes,
            requests=stats.requests,
            retried=stats.retried,
            throttled=stats.throttled,
            seconds=self._clock() - self._started,
            was_stopped=self._was_stopped,
            by_type=self._journal.manifest().by_type,
        )

    def _wait_for(self, moment: float) -> bool:
        """False where `stop` was set first; what is buffered goes out meanwhile."""
        while (remaining := moment - self._clock()) > _SHORTEST_WAIT:
            self._stream.flush_if_due()
            self._journal.write_if_due()
            self._tell_if_due()
            if self._wait(min(remaining, _LONGEST_WAIT)):
                return False
        return True

    def _tell_if_due(self) -> None:
        if self._on_progress is None:
            return
        now = self._clock()
        if now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = now
        self.tell()

    def tell(self) -> None:
        """Report where the run stands."""
        if self._on_progress is None:
            return
        stats = self._stream.stats
        self._on_progress(
            RunProgress(
                self.produced,
                stats.records,
                stats.bytes,
                stats.retried,
                stats.throttled,
                self._stream.spooled,
                stats.by_shard,
                self._clock() - self._started,
            )
        )

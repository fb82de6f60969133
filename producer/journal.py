"""Keeps a run's manifest true while the run goes on."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from producer.errors import ManifestUnwritable
from producer.manifest import EventTypeStats, ManifestStore, RunManifest, manifest_key
from producer.ranges import RangeSet
from producer.record import Record


class JournalSettings(BaseModel):
    """How often the manifest is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    announce_step: Annotated[int, Field(ge=1)] = 10_000
    """Sequences announced at once, ahead of sending."""
    write_every_seconds: Annotated[float, Field(ge=0)] = 5.0
    write_every_events: Annotated[int, Field(ge=1)] = 50_000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Writes the manifest of one run to a store.

    Call `announce` before sending, `acknowledge` and `fail` after, `close` at the end. Every method
    that writes raises `ManifestUnwritable` where the store does not take it.
    """

    def __init__(
        self,
        store: ManifestStore,
        run: RunManifest,
        settings: JournalSettings = JournalSettings(),  # noqa: B008 - frozen
        *,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`run` is the manifest to begin with, or to go on with (`Spool.run`). Nothing is written yet."""
        self._store = store
        self._run = run
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._announced = run.announced
        self.acknowledged_before = RangeSet(run.acknowledged)
        """What was on the stream when the run was taken up."""
        self._acknowledged = RangeSet(run.acknowledged)
        self._failed = RangeSet(run.failed)
        self._highest = run.announced
        self._events = run.events
        self._bytes = run.bytes
        self._retries = run.retries
        self._by_type = {name: (stats.events, stats.bytes) for name, stats in run.by_type.items()}
        self._faults = None if run.faults is None else dict(run.faults)
        self._written_at = run.started_at
        self._unwritten_events = 0

    @property
    def producer_id(self) -> str:
        return self._run.producer_id

    @property
    def stream_name(self) -> str:
        return self._run.stream_name

    @property
    def announced(self) -> int:
        """The highest sequence that was announced for sending, 0 before the first."""
        return self._highest

    def announce(self, sequence: int) -> None:
        """Make sure that the stored manifest covers `sequence`; only then may it be sent."""
        with self._lock:
            if sequence > (stored := self._announced):
                self._announced = sequence + self._settings.announce_step - 1
                try:
                    self._write(None)
                except ManifestUnwritable:
                    self._announced = stored
                    raise
            self._highest = max(self._highest, sequence)

    def acknowledge(self, records: Sequence[Record]) -> None:
        """Note what the stream took; written now and then."""
        with self._lock:
            for sequence in sorted([record.sequence for record in records]):
                self._acknowledged.add(sequence)
                if self._failed:
                    self._failed.remove(sequence)
            for record in records:
                size = record.size
                events, total = self._by_type.get(record.event_type, (0, 0))
                self._by_type[record.event_type] = (events + 1, total + size)
                self._bytes += size
                if record.fault and self._faults is not None:
                    self._faults[record.fault] = self._faults.get(record.fault, 0) + 1
            self._events += len(records)
            self._unwritten_events += len(records)
            if self._unwritten_events >= self._settings.write_every_events:
                self._write(None)
        self.write_if_due()

    def fail(self, sequences: Iterable[int]) -> None:
        """Note what was given up without an acknowledgement."""
        with self._lock:
            for sequence in sequences:
                if sequence not in self._acknowledged:
                    self._failed.add(sequence)

    def note_retries(self, total: int) -> None:
        """Note how many entries were sent again so far in the run."""
        with self._lock:
            self._retries = total

    def write_if_due(self) -> None:
        """Write if the last writing is `write_every_seconds` ago."""
        with self._lock:
            age = (self._clock() - self._written_at).total_seconds()
            if age >= self._settings.write_every_seconds:
                self._write(None)

    def close(self) -> RunManifest:
        """Write the final manifest: `announced` comes down to what was really announced for sending."""
        with self._lock:
            self._announced = self._highest
            return self._write(self._clock())

    def manifest(self) -> RunManifest:
        """The manifest as it would be written now."""
        with self._lock:
            return self._manifest(self._clock(), None)

    def _manifest(self, now: datetime, closed_at: datetime | None) -> RunManifest:
        return self._run.model_copy(
            update={
                "updated_at": now,
                "closed_at": closed_at,
                "announced": self._announced,
                "acknowledged": tuple(self._acknowledged),
                "failed": tuple(self._failed),
                "events": self._events,
                "bytes": self._bytes,
                "retries": self._retries,
                "by_type": {
                    name: EventTypeStats(events=events, bytes=total)
                    for name, (events, total) in sorted(self._by_type.items())
                },
                "faults": None if self._faults is None else dict(self._faults),
            }
        )

    def _write(self, closed_at: datetime | None) -> RunManifest:
        now = self._clock()
        manifest = self._manifest(now, closed_at)
        key = manifest_key(manifest.producer_id)
        try:
            self._store.put(key, manifest.model_dump_json(indent=1).encode())
        except OSError as error:
            raise ManifestUnwritable(key, f"the lake did not take the manifest ({error})") from error
        self._written_at = now
        self._unwritten_events = 0
        return manifest

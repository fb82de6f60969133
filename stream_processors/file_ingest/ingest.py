"""One landed file, from its first byte to its report, in as many invocations as it takes.

Each invocation reads the file from its beginning and passes over what the run's manifest says is on the
stream already: reading is many times faster than sending, and leaves nothing else to be remembered.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from pydantic import ValidationError

from producer.draft import EventDraft
from producer.errors import OrderFileError
from producer.journal import Journal
from producer.lake import S3Manifests
from producer.manifest import RunManifest, manifest_key, read_manifest, start_run
from producer.order_files import OrderFileSettings, Unpacked
from producer.record import Record
from producer.run import send
from producer.stream import OrderStream
from stream_processors.errors import NoProgressError
from stream_processors.file_ingest.landed import Landed, Outcome
from stream_processors.file_ingest.objects import LandedObjects, ObjectBytes, ObjectInfo
from stream_processors.file_ingest.reading import (
    MAX_OBJECT_BYTES,
    MAX_UNPACKED_BYTES,
    Format,
    Tally,
    format_of,
    read_landed,
)
from stream_processors.file_ingest.report import Problem, Report
from stream_processors.file_ingest.settings import Settings

GRACE_SECONDS: Final = 60.0
"""How long the stream may take for what is buffered when time runs out: a shard needs ten."""
# Kept of an invocation's time for that, and for the manifest.
RESERVE_SECONDS: Final = GRACE_SECONDS + 30
# What an uploader may say of a CSV file, as metadata of the object.
_SAID_BY_METADATA: Final = ("source", "currency", "timezone", "encoding")

Acknowledge = Callable[[Sequence[Record]], None]


class Connect(Protocol):
    """Makes the stream that events go to."""

    def __call__(self, on_acknowledged: Acknowledge, stop: threading.Event) -> OrderStream: ...


class Surroundings(NamedTuple):
    """What an ingestion needs beside the file; `remaining` is the invocation's time in seconds."""

    objects: LandedObjects
    manifests: S3Manifests
    connect: Connect
    settings: Settings
    remaining: Callable[[], float]
    now: Callable[[], datetime]


def ingest(landed: Landed, around: Surroundings) -> Report | None:
    """Send what is in the file, move it, and give the report; None where the time did not suffice.

    May be repeated at any time, with the same outcome.

    Raises:
        LandedObjectGoneError: somebody else ended it.
        NoProgressError: no invocation will ever be long enough.
        StreamError, ManifestUnwritable: the stream or the lake takes nothing now.
    """
    info = around.objects.describe(landed)
    settings = _file_settings(around.settings, info)
    if isinstance(settings, Problem):
        return _finish(landed, around, info, settings)
    if info.size > MAX_OBJECT_BYTES:
        too_large = Problem("too_large", f"an object may have {MAX_OBJECT_BYTES:,} bytes; cut the file")
        return _finish(landed, around, info, too_large)
    return _Ingestion(landed, around, info, settings).run()


class _Reading(NamedTuple):
    """What was read of a file."""

    format: Format | None
    lines: int
    tally: Tally
    bytes: ObjectBytes


class _Ingestion:
    """The state of one invocation."""

    def __init__(
        self, landed: Landed, around: Surroundings, info: ObjectInfo, settings: OrderFileSettings
    ) -> None:
        self._landed = landed
        self._around = around
        self._info = info
        self._settings = settings
        self._bytes = ObjectBytes(around.objects.s3, landed, info.size)
        self._tally = Tally()
        self._stop = threading.Event()
        self._format: Format | None = None

    def run(self) -> Report | None:
        problem = None
        lines = 0
        try:
            file = Unpacked(Path(self._landed.key), self._bytes, max_bytes=MAX_UNPACKED_BYTES)
            try:
                self._format = format_of(self._landed.key, file.peek())
                if not self._send(file, self._format):
                    return None
            finally:
                lines = file.lines_read
        except OrderFileError as error:
            problem = Problem.of(error)
        return _finish(
            self._landed,
            self._around,
            self._info,
            problem,
            _Reading(self._format, lines, self._tally, self._bytes),
        )

    def _send(self, file: Unpacked, format_: Format) -> bool:
        """Send what is not on the stream yet; False where time ran out."""
        around = self._around
        manifest = _manifest(self._landed, around, self._settings.source)
        journal = Journal(around.manifests, manifest, clock=around.now)
        stream = around.connect(journal.acknowledge, self._stop)
        # Not from now on: every attempt makes the same drafts.
        latest = manifest.started_at + timedelta(seconds=around.settings.future_tolerance_seconds)
        drafts = read_landed(file, format_, self._settings, latest)
        report = send(self._in_time(self._tally.counted(drafts)), stream, journal, stop=self._stop)
        if report.was_stopped and not report.acknowledged:
            raise NoProgressError(report.producer_id)
        return not report.was_stopped

    def _in_time(self, drafts: Iterable[EventDraft]) -> Iterator[EventDraft]:
        for draft in drafts:
            if self._around.remaining() < RESERVE_SECONDS:
                self._stop.set()
            yield draft


def _manifest(landed: Landed, around: Surroundings, source: str) -> RunManifest:
    """The run's, as the last invocation left it; a new one at the first."""
    key = manifest_key(landed.producer_id)
    if key in around.manifests.keys(key):
        return read_manifest(key, around.manifests.get(key))
    return start_run(
        producer_id=landed.producer_id,
        command="land",
        stream_name=around.settings.stream_name,
        started_at=around.now(),
        source=source,
    )


def _file_settings(settings: Settings, info: ObjectInfo) -> OrderFileSettings | Problem:
    said = {name: info.metadata[name] for name in _SAID_BY_METADATA if name in info.metadata}
    try:
        return OrderFileSettings.model_validate({"timezone": settings.shop_timezone, **said})
    except ValidationError as error:
        names = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
        return Problem("wrong_metadata", f"the object's metadata is wrong: {names}")


def _finish(
    landed: Landed,
    around: Surroundings,
    info: ObjectInfo,
    problem: Problem | None,
    reading: _Reading | None = None,
) -> Report:
    """Say what became of the file, and move it; nothing was read of it without a `reading`."""
    tally = reading.tally if reading else Tally()
    report = Report(
        name=landed.key,
        version_id=landed.version_id,
        producer_id=landed.producer_id,
        outcome=Outcome.DONE if problem is None else Outcome.FAILED,
        problem=problem,
        format=reading.format if reading else None,
        size=info.size,
        sha256=reading.bytes.sha256() if reading else None,
        lines=reading.lines if reading else 0,
        events=tally.accepted + tally.rejected.total(),
        accepted=tally.accepted,
        rejected=dict(tally.rejected.most_common()),
        ended_at=around.now(),
    )
    around.objects.move(landed, report.outcome, report.document())
    return report

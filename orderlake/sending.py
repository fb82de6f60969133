"""A producer run at the command line: the journal in the lake, the stream, the progress on stderr."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orderlake.aws import Aws
from producer.connection import connect
from producer.draft import EventDraft
from producer.journal import Journal
from producer.lake import S3Manifests
from producer.manifest import new_producer_id, start_run
from producer.pace import Pace
from producer.run import RunProgress, RunReport, send
from producer.stream import OrderStream, Record, StreamSettings

COLUMNS = ("producer_id", "produced", "acknowledged", "bytes", "retried", "throttled", "seconds", "rate")


def send_run(
    aws: Aws,
    command: str,
    drafts: Iterable[EventDraft],
    pace: Pace,
    stop: threading.Event,
    display: "SendingDisplay",
    *,
    source: str | None = None,
    seed: int | None = None,
    on_acknowledged: Callable[[str, Sequence[Record]], None] = lambda _producer_id, _records: None,
) -> RunReport:
    """Send `drafts` as one run named after `command` and journal it to the lake.

    `on_acknowledged` gets the run's id and the records of each answer, after the journal.
    """
    now = datetime.now(UTC)
    manifest = start_run(
        producer_id=new_producer_id(command, now),
        command=command,
        stream_name=aws.stack.stream_name,
        started_at=now,
        source=source,
        seed=seed,
    )
    journal = Journal(S3Manifests(aws.session.client("s3"), aws.stack.lake_bucket), manifest)

    def acknowledge(records: Sequence[Record]) -> None:
        journal.acknowledge(records)
        on_acknowledged(manifest.producer_id, records)

    stream = OrderStream(
        connect(aws.session),
        StreamSettings(stream_name=aws.stack.stream_name),
        on_acknowledged=acknowledge,
        stop=stop,
    )
    return send(drafts, stream, journal, pace=pace, on_progress=display.sent, stop=stop)


def report_row(report: RunReport) -> dict[str, object]:
    """The report for rendering; `rate` is acknowledged events a second."""
    return {
        "producer_id": report.producer_id,
        "produced": report.produced,
        "acknowledged": report.acknowledged,
        "bytes": report.bytes,
        "retried": report.retried,
        "throttled": report.throttled,
        "seconds": round(report.seconds, 2),
        "rate": round(report.acknowledged / report.seconds, 1) if report.seconds else 0.0,
    }


class SendingDisplay:
    """A progress line on stderr. `total` is in events or in the unit of `advance`; None for an open end."""

    def __init__(self, what: str, total: int | None, *, counts_events: bool = False) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[sent]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(what, total=total, sent="")
        self._counts_events = counts_events

    def __enter__(self) -> "SendingDisplay":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def sent(self, progress: RunProgress) -> None:
        """Show what is acknowledged."""
        rate = progress.acknowledged / progress.seconds if progress.seconds else 0.0
        if self._counts_events:
            self.advance(progress.acknowledged)
        self._progress.update(
            self._task,
            sent=f"{progress.acknowledged:,} acknowledged, {rate:,.0f}/s, "
            f"{progress.retried:,} sent again, {progress.throttled:,} throttled",
        )

    def advance(self, completed: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=completed)

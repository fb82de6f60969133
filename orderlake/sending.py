"""A producer run at the command line: the journal in the lake, the stream, the progress on stderr."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orderlake.aws import Aws
from orderlake.errors import WrongUse
from orderlake.notes import console
from producer.connection import connect
from producer.direct import DirectPut, connect_direct, direct_settings
from producer.draft import EventDraft
from producer.journal import Journal
from producer.lake import S3Manifests
from producer.manifest import RunManifest, new_producer_id, start_run
from producer.pace import Pace
from producer.run import RunProgress, RunReport, send, send_rest
from producer.spool import Spool
from producer.stream import OrderStream, Record, StreamSettings

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

COLUMNS = ("producer_id", "produced", "acknowledged", "bytes", "retried", "throttled", "seconds", "rate")


class Display(Protocol):
    """Shows how a run goes."""

    def sent(self, progress: RunProgress) -> None: ...


def send_run(
    aws: Aws,
    command: str,
    drafts: Iterable[EventDraft],
    pace: Pace,
    stop: threading.Event,
    display: Display,
    *,
    source: str | None = None,
    seed: int | None = None,
    faults: Iterable[str] | None = None,
    aggregate: bool = True,
    spool: Spool | None = None,
    on_acknowledged: Callable[[str, Sequence[Record]], None] = lambda _producer_id, _records: None,
) -> RunReport:
    """Send `drafts` as one run named after `command` and journal it to the lake.

    `faults` names those that are made on purpose. What an earlier run left in the spool is sent first,
    as that run's. `on_acknowledged` gets the run's id and the records of each answer, after the journal.
    """
    settings = _settings(aws, aggregate=aggregate)
    if spool is not None:
        _send_rest(aws, settings, spool, stop, display)
    now = datetime.now(UTC)
    manifest = start_run(
        producer_id=new_producer_id(command, now),
        command=command,
        stream_name=aws.stack.stream_name,
        started_at=now,
        source=source,
        seed=seed,
        faults=faults,
    )
    journal = _journal(aws, manifest)

    def acknowledge(records: Sequence[Record]) -> None:
        journal.acknowledge(records)
        on_acknowledged(manifest.producer_id, records)

    if spool is not None:
        spool.begin(manifest)
    stream = OrderStream(stream_client(aws), settings, on_acknowledged=acknowledge, spool=spool, stop=stop)
    report = send(drafts, stream, journal, pace=pace, on_progress=display.sent, stop=stop)
    if spool is not None:
        spool.finish()
    return report


def _send_rest(
    aws: Aws, settings: StreamSettings, spool: Spool, stop: threading.Event, display: Display
) -> None:
    """Finish the run that was killed or cut off before everything in the spool was sent."""
    manifest = spool.run
    if manifest is None:
        return
    if manifest.stream_name != settings.stream_name:
        raise WrongUse(
            f"the spool holds {spool.depth:,} events for the stream {manifest.stream_name}, and this one is "
            f"{settings.stream_name}: name another --spool or --environment"
        )
    waiting = spool.depth
    journal = _journal(aws, manifest)
    stream = OrderStream(
        stream_client(aws), settings, on_acknowledged=journal.acknowledge, spool=spool, stop=stop
    )
    try:
        send_rest(spool, stream, journal, on_progress=display.sent, stop=stop)
    finally:
        if damaged := spool.damaged:
            click.echo(
                f"{len(damaged):,} damaged entries of the spool were set aside and not sent: events "
                f"{', '.join(str(entry.sequence) for entry in damaged[:5])} of {manifest.producer_id}",
                err=True,
            )
    if waiting:
        click.echo(
            f"sent {waiting - len(damaged):,} events that {manifest.producer_id} left in the spool", err=True
        )


def stream_client(aws: Aws) -> "KinesisClient | DirectPut":
    """What sends to the stack's stream, by its profile."""
    return connect_direct(aws.session) if aws.stack.profile == "direct" else connect(aws.session)


def _settings(aws: Aws, *, aggregate: bool) -> StreamSettings:
    stack = aws.stack
    if stack.profile == "direct":
        return direct_settings(stack.stream_name, aggregate=aggregate)
    return StreamSettings(stream_name=stack.stream_name, aggregate=aggregate)


def _journal(aws: Aws, manifest: RunManifest) -> Journal:
    return Journal(S3Manifests(aws.session.client("s3"), aws.stack.lake_bucket), manifest)


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


def summary(progress: RunProgress) -> str:
    """Where a run stands, in one line."""
    seconds = progress.seconds or 1.0
    parts = [
        f"{progress.acknowledged:,} acknowledged, {progress.acknowledged / seconds:,.0f}/s",
        f"{progress.bytes / seconds / 1024:,.0f} KiB/s",
        f"{progress.retried:,} sent again, {progress.throttled:,} throttled",
    ]
    if progress.spooled:
        parts.append(f"{progress.spooled:,} in the spool")
    if len(progress.by_shard) > 1:
        parts.append(f"shards {'/'.join(f'{share:.0%}' for share in shard_shares(progress).values())}")
    return ", ".join(parts)


def shard_shares(progress: RunProgress) -> dict[str, float]:
    """The share of the acknowledged bytes that each shard took."""
    total = sum(progress.by_shard.values())
    return {shard: round(size / total, 4) for shard, size in sorted(progress.by_shard.items())}


class SendingDisplay:
    """A progress line on stderr. `total` is in events or in the unit of `advance`; None for an open end."""

    def __init__(self, what: str, total: int | None, *, counts_events: bool = False) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[sent]}"),
            TimeElapsedColumn(),
            console=console(),
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
        if self._counts_events:
            self.advance(progress.acknowledged)
        self._progress.update(self._task, sent=summary(progress))

    def advance(self, completed: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=completed)

"""`orderlake demo`: the whole pipeline once, on this machine, with a report."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import click
from rich.console import Console

import sql
from infra.stack import Profile
from orderlake import athena
from orderlake.aws import Aws, connect
from orderlake.commands.job import run_job
from orderlake.commands.replay import replay_file
from orderlake.errors import OrderlakeError
from orderlake.ledger.audit import Audit, audit
from orderlake.ledger.report import COLUMNS, rows
from orderlake.notes import note
from orderlake.pipeline_process import PipelineProcess
from orderlake.rendering import render
from orderlake.sending import SendingDisplay, send_run, stream_client
from orderlake.signals import stop_on_signal
from producer.order_files import OrderFileSettings
from producer.pace import FullSpeed
from producer.simulator import ShopSettings, simulate

SEED = 7
RECORDS = 5_000
SENT_TWICE = 100
DAYS = 14
DELIVERY_SECONDS = 300.0
BROKEN = (b"\x00\xff not an event", b'{"event_type": "order_placed"', b'{"event_type": "order_teleported"}')
TAKEN_BY: dict[Profile, str] = {"stream": "Kinesis", "direct": "Firehose"}
EPILOG = """\b
Examples:
  orderlake demo
  orderlake demo --replay orders.csv.gz
  orderlake demo --profile direct
"""


@dataclass
class Stopwatch:
    """Seconds per stage, in the order in which they ran."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside, and say on stderr that it does."""
        started = time.monotonic()
        note(f"• {name}")
        yield
        self.stages[name] = time.monotonic() - started


@click.command(epilog=EPILOG)
@click.option(
    "--replay", "file", type=click.Path(path_type=Path), help="Real orders instead of simulated ones."
)
@click.option(
    "--profile",
    type=click.Choice(["stream", "direct"]),
    default="stream",
    show_default=True,
    help="As of `up`.",
)
def demo(file: Path | None, profile: Profile) -> None:
    """Start an embedded AWS, send orders through the whole pipeline, print a report, stop.

    Simulated orders come with a hundred events sent twice and three broken records, so that duplicates
    and quarantine have something to show.
    """
    stop = stop_on_signal()
    watch = Stopwatch()
    with ExitStack() as running:
        with watch.stage("the embedded AWS starts"):
            pipeline = running.enter_context(PipelineProcess(profile=profile))
        aws = connect(pipeline.endpoint_url, None, "dev")
        with watch.stage("orders are sent"):
            _send(aws, file, stop)
        with watch.stage("bronze: the function validates, Firehose delivers"):
            _finish(stop, audit(aws, "bronze", DELIVERY_SECONDS))
        with watch.stage("silver: the job makes every event one row"):
            run_job(aws, "silver", wait=True)
        with watch.stage("gold: the job aggregates"):
            run_job(aws, "gold", wait=True)
        with watch.stage("Athena answers"):
            revenue = athena.run(aws, sql.text("analytics/revenue_by_category.sql"))
        with watch.stage("both ledgers are taken"):
            ledgers = audit(aws, "gold", 0)
    _report(ledgers, revenue, watch, profile)
    if not ledgers.balanced:
        sys.exit(1)


def _finish(stop: threading.Event, look: Audit) -> None:
    if stop.is_set():
        raise KeyboardInterrupt
    if not look.lake.balanced:
        raise OrderlakeError(
            f"{len(look.lake.in_flight):,} records did not reach the lake within {DELIVERY_SECONDS:.0f} s; "
            "run `orderlake -v up` and look at its messages"
        )


def _send(aws: Aws, file: Path | None, stop: threading.Event) -> None:
    if file is not None:
        replay_file(aws, file, OrderFileSettings(), FullSpeed())
        return
    start = datetime.now(UTC) - timedelta(days=DAYS)
    shop = ShopSettings(seed=SEED, start=start, events_per_second=RECORDS / (DAYS * 86_400), life_speed=1)
    with SendingDisplay("orders", RECORDS, counts_events=True) as display:
        for command, count in (("demo", RECORDS), ("again", SENT_TWICE)):
            drafts = islice(simulate(shop), count)
            send_run(aws, command, drafts, FullSpeed(), stop, display, source="simulator", seed=SEED)
    stream_client(aws).put_records(
        StreamName=aws.stack.stream_name,
        Records=[{"Data": record, "PartitionKey": f"broken-{place}"} for place, record in enumerate(BROKEN)],
    )


def _report(ledgers: Audit, revenue: athena.QueryResult, watch: Stopwatch, profile: Profile) -> None:
    out = Console(highlight=False)
    silver = ledgers.silver
    out.rule("what became of the orders")
    facts = [
        {
            "what": f"acknowledged by {TAKEN_BY[profile]}",
            "count": f"{sum(line.acknowledged for line in ledgers.producers.runs):,}",
        },
        {"what": "bronze, as delivered", "count": f"{ledgers.lake.bronze:,}"},
        {"what": "quarantined, with a reason", "count": f"{ledgers.lake.quarantine:,}"},
        {"what": "silver, each event once", "count": f"{silver.silver if silver else 0:,}"},
        {"what": "duplicates", "count": f"{silver.duplicates if silver else 0:,}"},
        {"what": "foreign (no run announced them)", "count": f"{ledgers.producers.foreign:,}"},
        {"what": "both ledgers balanced", "count": "yes" if ledgers.balanced else "no"},
    ]
    render(facts, ("what", "count"), "table", count=False)
    out.rule("ledgers")
    render(rows(ledgers), COLUMNS, "table", count=False)
    out.rule("revenue by category")
    render(revenue.rows, revenue.columns, "table", count=False)
    out.rule("time")
    stages = [{"stage": stage, "seconds": round(seconds, 1)} for stage, seconds in watch.stages.items()]
    render(stages, ("stage", "seconds"), "table", count=False)

"""`orderlake produce`: simulated orders, as fast or as long as asked."""

import secrets
from datetime import UTC, datetime
from itertools import islice

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.rendering import Format, render
from orderlake.sending import COLUMNS, SendingDisplay, report_row, send_run
from orderlake.signals import stop_on_signal
from producer.pace import FullSpeed, SteadyPace
from producer.simulator import ShopSettings, simulate

DEFAULT_RATE = 10.0
EPILOG = """\b
Examples:
  orderlake produce                                   10 events a second until Ctrl-C
  orderlake produce --records 1000                    a thousand, as fast as can be
  orderlake produce --rate 500 --duration 60 --seed 7
"""


@click.command(epilog=EPILOG)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Events a second.")
@click.option(
    "--duration", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Stop after."
)
@click.option("--records", type=click.IntRange(min=1), metavar="N", help="Stop after so many events.")
@click.option("--seed", type=click.IntRange(min=0), help="The same seed is the same shop [default: random].")
@output_format
@talks_to_aws
def produce(
    aws: Aws,
    rate: float | None,
    duration: float | None,
    records: int | None,
    seed: int | None,
    format_: Format,
) -> None:
    """Send simulated orders to the stream, until Ctrl-C unless told how many or how long.

    With --records and no --rate they go out as fast as can be, else at 10 a second.
    """
    stop = stop_on_signal()
    at_full_speed = rate is None and records is not None and duration is None
    pace = FullSpeed() if at_full_speed else SteadyPace(rate or DEFAULT_RATE, duration)
    seed = secrets.randbelow(2**31) if seed is None else seed
    shop = ShopSettings(seed=seed, start=datetime.now(UTC), events_per_second=rate or DEFAULT_RATE)
    drafts = simulate(shop) if records is None else islice(simulate(shop), records)
    with SendingDisplay(f"orders of seed {seed}", records, counts_events=True) as display:
        report = send_run(aws, "produce", drafts, pace, stop, display, source="simulator", seed=seed)
    render([report_row(report)], COLUMNS, format_)

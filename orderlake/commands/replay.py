"""`orderlake replay`: real order files as events."""

import sys
from pathlib import Path

import click
from pydantic import ValidationError

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render
from orderlake.sending import COLUMNS, SendingDisplay, report_row, send_run
from orderlake.signals import stop_on_signal
from producer.order_files import OrderFileSettings, read_catalogue, read_order_file
from producer.pace import EventTimePace, FullSpeed, Pace
from producer.run import RunReport

EPILOG = """\b
Examples:
  orderlake replay orders.csv.gz                      as fast as can be
  orderlake replay orders.csv --speed 3600            an hour of the shop in a second
  orderlake replay orders.csv.zst --catalogue categories.csv
"""


class _Speed(click.ParamType[float | None]):
    name = "max|N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value == "max" or value is None:
            return None
        try:
            speed = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither `max` nor a number", param, ctx)
        if not 0 < speed < float("inf"):
            self.fail("the speed must be above 0", param, ctx)
        return speed


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--speed", type=_Speed(), default="max", show_default=True, help="`max`, or N times real time.")
@click.option("--source", default="online-retail", show_default=True, help="Part of every event's identity.")
@click.option("--currency", default="GBP", show_default=True, help="Of all prices in the file (ISO 4217).")
@click.option("--timezone", default="Europe/London", show_default=True, help="Of the times in the file.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of the file's text.")
@click.option("--catalogue", type=click.Path(path_type=Path), help="CSV with the columns sku and category.")
@output_format
@talks_to_aws
def replay(
    aws: Aws,
    file: Path,
    speed: float | None,
    source: str,
    currency: str,
    timezone: str,
    encoding: str,
    catalogue: Path | None,
    format_: Format,
) -> None:
    """Send the orders of FILE (CSV, plain, gzip or zstd; UCI Online Retail and its kin) to the stream.

    Sending the same orders again, from whatever file, changes nothing downstream.
    """
    try:
        settings = OrderFileSettings(
            source=source,
            currency=currency,
            timezone=timezone,
            encoding=encoding,
            categories=read_catalogue(catalogue) if catalogue else {},
        )
    except ValidationError as error:
        problem = error.errors()[0]
        raise WrongUse(f"--{problem['loc'][0]} {problem['msg'].removeprefix('Value error, ')}") from error
    report = replay_file(aws, file, settings, FullSpeed() if speed is None else EventTimePace(speed))
    render([report_row(report)], COLUMNS, format_)
    if report.was_stopped:
        click.echo(
            "stopped before the end of the file: send it again, nothing will be counted twice", err=True
        )
        sys.exit(1)


def replay_file(aws: Aws, file: Path, settings: OrderFileSettings, pace: Pace) -> RunReport:
    """Send one file as one run, with its progress on stderr."""
    stop = stop_on_signal()
    size = file.stat().st_size if file.is_file() else None
    with SendingDisplay(file.name, size) as display:
        drafts = read_order_file(file, settings, on_progress=lambda read, _lines: display.advance(read))
        return send_run(aws, "replay", drafts, pace, stop, display, source=settings.source)

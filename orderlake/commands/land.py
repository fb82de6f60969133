"""`orderlake land`: a file into the landing zone, and what became of it."""

import sys
from pathlib import Path

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.landing import drop, wait_for_report
from orderlake.notes import console, note
from orderlake.rendering import Format, render
from stream_processors.file_ingest.landed import Outcome

COLUMNS = ("name", "outcome", "problem", "lines", "events", "accepted", "rejected", "producer_id")
EPILOG = """\b
Examples:
  orderlake land orders.csv.gz
  orderlake land events.ndjson --as partner/2026-11-23.ndjson
  orderlake land orders.csv --source partner --currency EUR --wait 0
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Its name in the landing zone [default: the file's].")
@click.option("--source", help="Of a CSV file: part of every event's identity [default: online-retail].")
@click.option("--currency", help="Of a CSV file's prices (ISO 4217) [default: GBP].")
@click.option("--timezone", help="Of a CSV file's times [default: the shop's].")
@click.option("--encoding", help="Of a CSV file's text [default: utf-8].")
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Wait at most this long for the report; 0: not at all.",
)
@output_format
@talks_to_aws
def land(
    aws: Aws, /, file: Path, name: str | None, wait_seconds: float, format_: Format, **said: str | None
) -> None:
    """Drop FILE (CSV as `replay` reads it, NDJSON or a JSON array of events; plain, gzip or zstd) in S3.

    The function file-ingest sends what is in it, and says what became of it; exit 1 where not all is in.
    """
    with console().status(f"uploading {file.name}") as status:
        given = {setting: value for setting, value in said.items() if value is not None}
        dropped = drop(aws, file, name or file.name, given)
        note(f"s3://{dropped.landed.bucket}/{dropped.landed.key}")
        if not wait_seconds:
            return

        def show(acknowledged: int) -> None:
            status.update(f"{file.name}: {acknowledged:,} events are on the stream")

        report = wait_for_report(aws, dropped, wait_seconds, show)
    row = report.model_dump(mode="json")
    row["problem"] = f"{report.problem.code}: {report.problem.message}" if report.problem else None
    if format_ != "json":
        row["rejected"] = sum(report.rejected.values())
    render([row], COLUMNS, format_)
    if report.outcome is Outcome.FAILED:
        click.echo("not all of the file is in; what was read of it is", err=True)
        sys.exit(1)

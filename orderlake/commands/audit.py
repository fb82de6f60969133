"""`orderlake audit`: the two ledgers, stage by stage."""

import sys

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.ledger.audit import STAGES, Audit, Stage
from orderlake.ledger.audit import audit as take_audit
from orderlake.ledger.report import COLUMNS, rows
from orderlake.notes import console, note
from orderlake.rendering import Format, render

EPILOG = """\b
Examples:
  orderlake audit --through bronze --wait 300
  orderlake audit --through gold --format json
"""


@click.command(epilog=EPILOG)
@click.option(
    "--through",
    type=click.Choice(STAGES),
    default="gold",
    show_default=True,
    help="How far down the pipeline.",
)
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Look again until it balances, at most this long.",
)
@output_format
@talks_to_aws
def audit(aws: Aws, through: Stage, wait_seconds: float, format_: Format) -> None:
    """Account for every record, by identity; exit 1 unless all ledgers balance."""
    with console().status("taking the ledgers") as status:

        def show(look: Audit) -> None:
            status.update(f"taking the ledgers: {len(look.lake.in_flight):,} records in flight")

        result = take_audit(aws, through, wait_seconds, show)
    render(rows(result), COLUMNS, format_)
    if not result.balanced:
        click.echo("the ledgers do not balance: the rows marked `no` say where", err=True)
        sys.exit(1)
    note("the ledgers balance")

"""`orderlake status`: how the stack is, on one screen."""

import sys

import click
from rich.console import Console
from rich.live import Live

from orderlake.aws import Aws
from orderlake.commands.options import talks_to_aws
from orderlake.errors import WrongUse
from orderlake.rendering import render_document
from orderlake.signals import stop_on_signal
from orderlake.status.look import Status, look
from orderlake.status.screen import WIDTH, screen

EPILOG = """\b
Examples:
  orderlake status                           one look; exit 1 when something is wrong
  orderlake status --watch --every 10        looks again and again, until Ctrl-C
  orderlake status --format json             for programs: everything that was found
"""


@click.command(epilog=EPILOG)
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option(
    "--every",
    "pause_seconds",
    type=click.FloatRange(1),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="With --watch: how long between two looks.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How results are printed on stdout.",
)
@talks_to_aws
def status(aws: Aws, watch: bool, pause_seconds: float, format_: str) -> None:
    """Show lag, freshness, rates, job runs, alarms, quarantine and ledgers; exit 1 when something is wrong.

    Wrong is: an alarm rings, the last run of a job failed, a ledger misses records, or AWS gives no answer.
    Tables that no job has made yet are not wrong.
    """
    if watch and format_ == "json":
        raise WrongUse("--watch draws a screen: leave out --format json, or call it without --watch")
    if watch:
        found = _watch(aws, pause_seconds)
    else:
        found = look(aws)
        if format_ == "json":
            render_document(found.document())
        else:
            _console().print(screen(found, aws.describe()))
    if found.problems:
        sys.exit(1)


def _watch(aws: Aws, pause_seconds: float) -> Status:
    """Until Ctrl-C; the last look is returned."""
    stop, where = stop_on_signal(), aws.describe()
    found = look(aws)
    with Live(screen(found, where), console=_console(), auto_refresh=False) as live:
        while not stop.wait(pause_seconds):
            found = look(aws)
            live.update(screen(found, where), refresh=True)
    return found


def _console() -> Console:
    is_terminal = sys.stdout.isatty()
    return Console(width=None if is_terminal else WIDTH, no_color=not is_terminal, highlight=False)

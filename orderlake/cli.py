"""The console script: parses, calls one function, reports."""

import importlib
import logging
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

import click
from botocore.exceptions import BotoCoreError, ClientError

from orderlake import failures
from orderlake.notes import keep_quiet

# Commands are imported when they are called: the embedded AWS alone takes seconds to import.
COMMANDS: Final[Mapping[str, str]] = {
    "up": "Run the embedded AWS with the whole pipeline, until Ctrl-C.",
    "demo": "The whole pipeline once, on this machine, with a report.",
    "produce": "Send simulated orders to the stream.",
    "replay": "Send the orders of a file to the stream.",
    "land": "Drop a file in S3 and wait for what became of it.",
    "job": "Start a Glue job.",
    "backfill": "Make silver and gold again from bronze.",
    "restore": "Make silver and gold from bronze where the catalogue lost them.",
    "query": "Run SQL in Athena.",
    "dashboard": "Sales, customers, inventory and operations as live pages.",
    "status": "Lag, freshness, jobs, alarms, quarantine and ledgers on one screen.",
    "audit": "Account for every record, by identity.",
    "erase": "Forget a customer everywhere, with a receipt.",
    "quarantine": "Look at rejected records, mend them, send them again.",
    "cost": "The monthly bill on AWS, modelled or metered.",
    "verify": "Try a deployment with a thousand marked events, and clean up.",
    "teardown": "Say what `terraform destroy` would leave.",
    "completion": "Print what bash, zsh or fish needs to complete commands.",
    "doctor": "Say what this machine lacks and how to get it.",
}
EPILOG = """\b
Start here:
  orderlake demo                      the whole pipeline, once, with a report
  orderlake up                        the embedded AWS, until Ctrl-C
  orderlake produce --rate 50         simulated orders into it
  orderlake query --name revenue_by_category
  orderlake dashboard                 live pages in the browser
"""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"orderlake.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - a test calls every one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version("orderlake"), prog_name="orderlake")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens, on stderr.")
@click.option("-q", "--quiet", is_flag=True, help="Results and problems only: no notes, no progress.")
@click.pass_context
def cli(context: click.Context, verbose: bool, quiet: bool) -> None:
    """Order events, accounted for one by one: producer → Kinesis → Lambda → Firehose → S3 → Glue → Athena.

    Every command works against the embedded AWS (`orderlake up`) and against a real account alike.
    """
    if quiet:
        keep_quiet(context)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, format="%(message)s"
    )
    if not verbose:
        # It logs what it raises, traceback and all; we say it in one line.
        logging.getLogger("pyathena").setLevel(logging.CRITICAL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 found a problem, 2 wrong use."""
    try:
        code = cli.main(args=arguments, prog_name="orderlake", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except (*failures.EXPECTED, BotoCoreError, ClientError) as error:
        message, exit_code = failures.explain(error)
        click.echo(f"orderlake: {message}", err=True)
        sys.exit(exit_code)
    sys.exit(code if isinstance(code, int) else 0)

"""The console script: parses, calls one function, reports."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version

import click
from botocore.exceptions import BotoCoreError, ClientError

from orderlake import failures
from orderlake.commands import audit, demo, doctor, job, produce, query, replay, up

EPILOG = """\b
Start here:
  orderlake demo                      the whole pipeline, once, with a report
  orderlake up                        the embedded AWS, until Ctrl-C
  orderlake produce --rate 50         simulated orders into it
  orderlake query --name revenue_by_category
"""


@click.group(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(version("orderlake"), prog_name="orderlake")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens, on stderr.")
def cli(verbose: bool) -> None:
    """Order events, accounted for one by one: producer → Kinesis → Lambda → Firehose → S3 → Glue → Athena.

    Every command works against the embedded AWS (`orderlake up`) and against a real account alike.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, format="%(message)s"
    )


for command in (
    up.up,
    demo.demo,
    produce.produce,
    replay.replay,
    job.job,
    query.query,
    audit.audit,
    doctor.doctor,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 found a problem, 2 wrong use."""
    try:
        code = cli.main(args=arguments, standalone_mode=False)
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

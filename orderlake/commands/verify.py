"""`orderlake verify`: the smoke test of a deployment."""

import sys
from collections.abc import Callable

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import StackNotFound, WrongUse
from orderlake.notes import console
from orderlake.rendering import Format, render
from orderlake.verify import permissions, resources
from orderlake.verify.finding import COLUMNS, Finding, skipped
from orderlake.verify.trial import Trial, run
from orderlake.verify.withdrawal import withdraw

EPILOG = """\b
Examples:
  orderlake verify                                  the embedded AWS, or your account
  orderlake verify --aws --environment prod         refuse to look at an embedded AWS
  orderlake verify --no-events                      look only, send nothing
"""


@click.command(epilog=EPILOG)
@click.option("--aws", "must_be_aws", is_flag=True, help="Exit 2 unless this is a real account.")
@click.option("--records", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Events.")
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long the events may take to reach bronze.",
)
@click.option("--events/--no-events", "sends", default=True, show_default=True, help="Send marked events.")
@output_format
@talks_to_aws
def verify(
    aws: Aws, must_be_aws: bool, records: int, wait_seconds: float, sends: bool, format_: Format
) -> None:
    """Check credentials, quotas, resources and policies, send marked events through it all, clean up.

    Exit 1 if anything failed. The events have a category and a customer of their own; they are removed from
    bronze, silver and gold, and stay on the stream for its retention.
    """
    if must_be_aws and aws.endpoint_url:
        raise WrongUse(f"--aws, but this is {aws.endpoint_url}: unset AWS_ENDPOINT_URL")
    with console().status("looking") as status:
        findings = _examine(aws)
        if any(finding.state == "failed" for finding in findings):
            findings.append(skipped("events", "not sent: mend what failed first"))
        elif sends:
            findings += _try(aws, Trial(records), wait_seconds, status.update)
    render([finding.row() for finding in findings], COLUMNS, format_)
    if any(finding.state == "failed" for finding in findings):
        click.echo("something failed: the rows marked `failed` say what to do", err=True)
        sys.exit(1)


def _examine(aws: Aws) -> list[Finding]:
    try:
        findings = [*resources.account(aws), *resources.stack(aws)]
    except StackNotFound:
        return list(resources.clashes(aws))
    if any(finding.state == "failed" for finding in findings):
        return [*findings, skipped("permissions", "not looked at: mend what failed first")]
    return [*findings, *permissions.check(aws)]


def _try(aws: Aws, trial: Trial, wait_seconds: float, show: Callable[[str], None]) -> list[Finding]:
    findings = []
    try:
        for finding in run(aws, trial, wait_seconds):
            findings.append(finding)
            show(f"{finding.check}: {finding.found}")
    finally:
        # Whatever happened: what arrived must not stay among the shop's own orders.
        show("cleaning up")
        findings += withdraw(aws, trial)
    return findings

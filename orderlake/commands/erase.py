"""`orderlake erase`: forgets a person everywhere."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from orderlake.aws import Aws
from orderlake.commands.job import run_job
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.erasure.erase import Erasure
from orderlake.erasure.objects import Found
from orderlake.erasure.receipts import Receipt
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render, render_document

_COLUMNS = ("place", "objects", "old_versions", "unsearched")
EPILOG = """\b
Examples:
  orderlake erase --customer 14646 --dry-run
  orderlake erase --customer 14646 --yes --format json > receipt.json
"""


@click.command(epilog=EPILOG)
@click.option(
    "--customer", "customer_id", required=True, metavar="ID", help="The shop's number of the customer."
)
@click.option(
    "--spool",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A producer's spool on this machine; the producer must not be running.",
)
@click.option("--dry-run", is_flag=True, help="Say where the customer is, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_format
@talks_to_aws
def erase(aws: Aws, customer_id: str, spool: Path | None, dry_run: bool, yes: bool, format_: Format) -> None:
    """Forget a customer: in bronze, silver, gold, quarantine, failures, dropped files, results, old versions.

    Amounts stay, without saying whose they were, so that totals and ledgers do not change. The customer is
    put on a list, so that nothing that is sent again brings them back. May be repeated at any time.
    """
    if not customer_id.strip():
        raise WrongUse("--customer needs the shop's number of a customer")

    def run(job: str) -> None:
        run_job(aws, job, wait=True)

    with Console(stderr=True).status("searching") as status:
        erasure = Erasure(aws, customer_id, run, spool, status.update)
        found = erasure.search()
    if dry_run:
        _print(None, found, format_)
        return
    if erasure.has_nothing_to_do(found):
        click.echo("nothing to do: this customer was erased before, and is nowhere", err=True)
        rows = [{"receipt": None, "outcome": "nothing to do"}]
        render(rows, tuple(rows[0]), format_, count=False)
        return
    _confirm(found, yes=yes)
    with Console(stderr=True).status("erasing") as status:
        erasure.say = status.update
        receipt = erasure.erase(found)
    _print(receipt, found, format_)
    if receipt.left:
        left = "; ".join(map(_said, receipt.left))
        click.echo(f"not all is gone: {left}. See docs/personal-data.md, and erase again", err=True)
        sys.exit(1)


def _confirm(found: list[Found], *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to ask: look with --dry-run, then erase with --yes")
    places = ", ".join(each.place for each in found) or "nowhere; the customer is put on the list"
    click.confirm(f"Found in {places}. Erase for good?", abort=True, err=True)


def _said(left: Found) -> str:
    counts = {
        "found": left.objects,
        "found in old versions": left.old_versions,
        "impossible to search": len(left.unsearched),
    }
    return f"{left.place}: {', '.join(f'{count} {what}' for what, count in counts.items() if count)}"


def _print(receipt: Receipt | None, found: Sequence[Found], format_: Format) -> None:
    if receipt is not None and format_ == "json":
        render_document(receipt.document())
        return
    rows = [vars(each) for each in found]
    if format_ != "json":
        rows = [{**row, "unsearched": ", ".join(row["unsearched"])} for row in rows]
    render(rows, _COLUMNS, format_)
    if receipt is not None:
        click.echo(f"receipt {receipt.receipt}", err=True)

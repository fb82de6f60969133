"""`orderlake backfill`: makes silver and gold again from bronze."""

from collections.abc import Mapping, Sequence
from datetime import date

import click

import sql
from orderlake.aws import Aws
from orderlake.commands.job import run_job
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.days import Day
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render

_JOBS = ("silver", "gold")
EPILOG = """\b
Examples:
  orderlake backfill
  orderlake backfill --from 2026-01-01 --to '31 Jan 2026'
  orderlake backfill --from 7d
  orderlake backfill --tables gold_daily_sales,gold_product_sales
"""


@click.command(epilog=EPILOG)
@click.option("--from", "first", type=Day(), metavar="DAY", help="First UTC day of events to read again.")
@click.option("--to", "last", type=Day(), metavar="DAY", help="Last one; whole months are read.")
@click.option("--tables", help="Only these tables, separated by commas [default: all of silver and gold].")
@click.option("--may-lose", is_flag=True, help="Go on where bronze has fewer events than silver.")
@output_format
@talks_to_aws
def backfill(
    aws: Aws,
    first: date | None,
    last: date | None,
    tables: str | None,
    may_lose: bool,
    format_: Format,
) -> None:
    """Make tables of silver and gold again from bronze, each in one commit; readers see old or new rows."""
    if first and last and last < first:
        raise WrongUse(f"--to {last} is before --from {first}")
    names = chosen(tables)
    runs = [
        run_job(aws, job, wait=True, arguments=arguments(names, first, last, may_lose=may_lose))
        for job in _JOBS
        if any(name.startswith(f"{job}_") for name in names)
    ]
    render(runs, list(runs[0]), format_)


def chosen(tables: str | None) -> Sequence[str]:
    """The tables to make again.

    Raises:
        WrongUse: one of them is none of silver or gold.
    """
    known = [name for name in sql.tables() if name.startswith(("silver_", "gold_"))]
    names = [name.strip() for name in tables.split(",")] if tables else known
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise WrongUse(f"no table {', '.join(unknown)} of silver or gold: there are {', '.join(known)}")
    return names


def arguments(
    tables: Sequence[str], first: date | None, last: date | None, *, may_lose: bool
) -> Mapping[str, str]:
    """What the jobs are told, as Glue takes it."""
    days = {"--backfill-from": first, "--backfill-to": last}
    return {
        "--backfill-tables": ",".join(tables),
        **{name: f"{day:%Y-%m-%d}" for name, day in days.items() if day is not None},
        **({"--backfill-may-lose": "true"} if may_lose else {}),
    }

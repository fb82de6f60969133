"""`orderlake query`: SQL through Athena."""

import sys
from pathlib import Path

import click

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render

EPILOG = """\b
Examples:
  orderlake query 'SELECT category, sum(amount) AS revenue FROM gold_daily_sales GROUP BY category'
  orderlake query --file question.sql --format csv > answer.csv
  orderlake query --name revenue_by_category --format json
  orderlake query 'SELECT * FROM silver_order_lines WHERE sku = ?' --parameter "'22423'"
"""


@click.command(epilog=EPILOG)
@click.argument("statement", required=False, metavar="[SQL]")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the SQL here."
)
@click.option("--name", metavar="QUESTION", help="A question of sql/analytics/; without a match, lists them.")
@click.option(
    "--parameter", "parameters", multiple=True, metavar="LITERAL", help="Bound to the next ? in the SQL."
)
@output_format
@talks_to_aws
def query(
    aws: Aws,
    statement: str | None,
    file: Path | None,
    name: str | None,
    parameters: tuple[str, ...],
    format_: Format,
) -> None:
    """Run one SQL statement in Athena and print the rows."""
    result = athena.run(aws, _text(statement, file, name), parameters)
    render(result.rows, result.columns, format_)
    click.echo(
        f"scanned {result.data_scanned_bytes:,} bytes in {result.engine_milliseconds / 1000:.2f} s", err=True
    )


def _text(statement: str | None, file: Path | None, name: str | None) -> str:
    given = [source for source in (statement, file, name) if source is not None]
    if len(given) != 1:
        raise WrongUse("give one of: SQL, --file FILE, --name QUESTION")
    if name is not None:
        questions = sql.questions()
        if name not in questions:
            raise WrongUse(
                f"no question {name!r}: the questions are {', '.join(sorted(questions)) or 'none yet'}"
            )
        return questions[name]
    if file is not None:
        return file.read_text(encoding="utf-8")
    return sys.stdin.read() if statement == "-" else str(statement)

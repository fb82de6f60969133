"""`orderlake query`: SQL through Athena."""

import shutil
import sys
from pathlib import Path

import click

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.chart import as_png, bars_of, in_terminal
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import WrongUse
from orderlake.notes import note
from orderlake.rendering import Format, render

EPILOG = """\b
Examples:
  orderlake query 'SELECT category, sum(amount) AS revenue FROM gold_daily_sales GROUP BY category'
  orderlake query --file question.sql --format csv > answer.csv
  orderlake query --name revenue_by_category --format json
  orderlake query --name revenue_by_category --plot
  orderlake query --name revenue_by_product --png products.png
  orderlake query 'SELECT * FROM silver_order_lines WHERE sku = ?' --parameter "'22423'"
"""


@click.command(epilog=EPILOG)
@click.argument("statement", required=False, metavar="[SQL]")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the SQL here."
)
@click.option(
    "--name",
    metavar="QUESTION",
    shell_complete=lambda _ctx, _param, typed: [name for name in sql.questions() if name.startswith(typed)],
    help="A question of sql/analytics/; without a match, lists them.",
)
@click.option(
    "--parameter", "parameters", multiple=True, metavar="LITERAL", help="Bound to the next ? in the SQL."
)
@click.option("--plot", is_flag=True, help="A bar chart in the terminal instead of the rows.")
@click.option(
    "--png", type=click.Path(dir_okay=False, path_type=Path), help="Draw a bar chart into this file too."
)
@output_format
@talks_to_aws
def query(
    aws: Aws,
    statement: str | None,
    file: Path | None,
    name: str | None,
    parameters: tuple[str, ...],
    plot: bool,
    png: Path | None,
    format_: Format,
) -> None:
    """Run one SQL statement in Athena and print the rows."""
    result = athena.run(aws, _text(statement, file, name), parameters)
    if plot:
        for line in in_terminal(bars_of(result.columns, result.rows), shutil.get_terminal_size().columns):
            click.echo(line)
    else:
        render(result.rows, result.columns, format_)
    if png is not None:
        as_png(bars_of(result.columns, result.rows), png)
        note(f"drawn: {png}")
    note(f"scanned {result.data_scanned_bytes:,} bytes in {result.engine_milliseconds / 1000:.2f} s")


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

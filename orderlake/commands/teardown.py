"""`orderlake teardown --plan`: what `terraform destroy` would leave."""

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render
from orderlake.teardown import COLUMNS, plan

EPILOG = """\b
Examples:
  orderlake teardown --plan
  orderlake teardown --plan --environment prod --format json
"""


@click.command(epilog=EPILOG)
@click.option("--plan", "only_plan", is_flag=True, help="Look and list; nothing is removed.")
@output_format
@talks_to_aws
def teardown(aws: Aws, only_plan: bool, format_: Format) -> None:
    """List what `terraform destroy` stops at, takes along, or leaves, the jobs' tables and views included."""
    if not only_plan:
        raise WrongUse(
            "this only plans: add --plan; `terraform destroy` in infra/terraform removes (docs/deploy.md)"
        )
    render(list(plan(aws)), COLUMNS, format_)

"""`orderlake restore`: makes silver and gold from bronze where the catalogue has lost them."""

from typing import TYPE_CHECKING

import click

from glue import tables
from orderlake.aws import Aws
from orderlake.commands.job import run_job
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import OrderlakeError
from orderlake.rendering import Format, render

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EPILOG = """\b
Examples:
  orderlake restore
  orderlake restore && orderlake audit --through gold
"""


@click.command(epilog=EPILOG)
@output_format
@talks_to_aws
def restore(aws: Aws, format_: Format) -> None:
    """Make every table of silver and gold from bronze, in a catalogue that has none of them.

    What silver remembered to have consumed is forgotten first. A killed restore goes on with
    `orderlake job silver` and `orderlake job gold`.
    """
    there = _tables_in_the_catalogue(aws)
    if there:
        raise OrderlakeError(
            f"the catalogue has {', '.join(sorted(there))}: `orderlake backfill` makes tables again that are "
            "there, or drop what is damaged (docs/recovery.md)"
        )
    s3 = aws.session.client("s3")
    stack = aws.stack
    if not s3.list_objects_v2(Bucket=stack.lake_bucket, Prefix=stack.bronze_prefix, MaxKeys=1)["KeyCount"]:
        raise OrderlakeError(
            f"s3://{stack.lake_bucket}/{stack.bronze_prefix} is empty: "
            "bring bronze back first (docs/recovery.md)"
        )
    _forget_checkpoints(s3, stack.lake_bucket, stack.checkpoints_prefix)
    runs = [run_job(aws, job, wait=True) for job in ("silver", "gold")]
    render(runs, list(runs[0]), format_)


def _tables_in_the_catalogue(aws: Aws) -> set[str]:
    made_by_jobs = {name for name, spec in tables.load_all().items() if spec.format == "iceberg"}
    pages = aws.session.client("glue").get_paginator("get_tables").paginate(DatabaseName=aws.stack.database)
    return made_by_jobs & {table["Name"] for page in pages for table in page["TableList"]}


def _forget_checkpoints(s3: "S3Client", bucket: str, prefix: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=found["Key"])

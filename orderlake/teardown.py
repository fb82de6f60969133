"""What `terraform destroy` meets, and what it would leave behind."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from orderlake.aws import Aws

COLUMNS = ("kind", "name", "holds", "on_destroy", "what_to_do")

_TERRAFORMS_TABLES = frozenset({"bronze_order_events", "quarantine_events"})
_LOG_GROUPS = ("/aws/lambda/orderlake-{}", "/aws/kinesisfirehose/orderlake-{}", "/aws-glue/")


def plan(aws: Aws) -> Iterator[dict[str, object]]:
    """Everything that is not simply removed: full buckets, tables of the jobs, logs, what AWS keeps."""
    yield from _buckets(aws)
    yield from _tables(aws)
    yield from _log_groups(aws)
    yield _row(
        "CloudWatch metrics",
        "Orderlake, AWS/*",
        "up to 15 months of data points",
        "remain",
        "nothing: they expire and cost nothing once nobody sends",
    )
    yield _row(
        "Terraform state",
        "infra/terraform",
        "names and settings",
        "remains",
        "delete it afterwards",
    )


def _buckets(aws: Aws) -> Iterator[dict[str, object]]:
    s3: Any = aws.session.client("s3")
    names = aws.stack
    for bucket in (names.lake_bucket, names.results_bucket, names.artifacts_bucket):
        versions = size = 0
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                versions += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
                size += sum(entry["Size"] for entry in page.get("Versions", []))
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchBucket", "404"}:
                raise
            continue
        holds = f"{versions:,} versions of objects, {size:,} bytes"
        if bucket == names.lake_bucket:
            yield _row(
                "bucket",
                bucket,
                holds,
                "removed with destroy_data = true; else destroy stops here",
                "copy what is to be kept, then apply destroy_data = true",
            )
        else:
            yield _row("bucket", bucket, holds, "removed with its contents", "")


def _tables(aws: Aws) -> Iterator[dict[str, object]]:
    glue: Any = aws.session.client("glue")
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=aws.stack.database))
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return
    for table in (table for page in pages for table in page["TableList"]):
        if table["Name"] in _TERRAFORMS_TABLES:
            continue
        kind = "view" if table.get("TableType") == "VIRTUAL_VIEW" else "Iceberg table"
        place = table.get("StorageDescriptor", {}).get("Location", "")
        yield _row(
            kind,
            f"{aws.stack.database}.{table['Name']}",
            place or "no data of its own",
            "goes with the database; its files go with the lake's bucket",
            "",
        )


def _log_groups(aws: Aws) -> Iterator[dict[str, object]]:
    logs: Any = aws.session.client("logs")
    for prefix in _LOG_GROUPS:
        pattern = prefix.format(aws.environment)
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=pattern):
            for group in page["logGroups"]:
                name, kept = group["logGroupName"], group.get("retentionInDays")
                holds = f"{group.get('storedBytes', 0):,} bytes, " + (f"{kept} days" if kept else "for ever")
                if _is_terraforms(logs, name):
                    yield _row("log group", name, holds, "removed", "")
                else:
                    remove = f"aws logs delete-log-group --log-group-name {name}"
                    yield _row("log group", name, holds, "remains", remove)


def _is_terraforms(logs: Any, group: str) -> bool:
    return bool(logs.list_tags_log_group(logGroupName=group)["tags"].get("managed_by") == "terraform")


def _row(kind: str, name: str, holds: str, on_destroy: str, what_to_do: str) -> dict[str, object]:
    return {"kind": kind, "name": name, "holds": holds, "on_destroy": on_destroy, "what_to_do": what_to_do}

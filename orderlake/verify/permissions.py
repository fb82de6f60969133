"""May each role do what its program does? Asked of the policies, so that it is known before an event is lost.

Identity policies only: conditions are taken as met, and boundaries, organisation policies and resource
policies are not read. What they forbid shows when the marked events do not arrive.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from glue.erasure import key_parameter
from infra.stack import Stack
from orderlake.aws import Aws
from orderlake.verify.finding import Finding, failed, passed, skipped

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One call that a program makes."""

    action: str
    resource: str


def check(aws: Aws) -> Iterator[Finding]:
    """One finding for each role that the stack's programs run with."""
    for program, role, needs in _programs(aws):
        yield _check_role(aws, program, role, needs)


def lacking(policies: Sequence[Policy], needs: Sequence[Need]) -> list[Need]:
    """The needs that no statement allows, or that one denies."""
    statements = [statement for policy in policies for statement in _listed(policy.get("Statement", []))]
    return [need for need in needs if not _is_allowed(statements, need)]


def _is_allowed(statements: Sequence[Policy], need: Need) -> bool:
    matching = [statement for statement in statements if _matches(statement, need)]
    # A denial under a condition is meant for other cases, such as requests without TLS.
    denied = any(found["Effect"] == "Deny" and "Condition" not in found for found in matching)
    return not denied and any(found["Effect"] == "Allow" for found in matching)


def _matches(statement: Policy, need: Need) -> bool:
    return _any_like(statement.get("Action", []), need.action, re.IGNORECASE) and _any_like(
        statement.get("Resource", []), need.resource
    )


def _any_like(patterns: object, text: str, flags: int = 0) -> bool:
    return any(re.fullmatch(_expression(str(pattern)), text, flags) for pattern in _listed(patterns))


def _expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_role(aws: Aws, program: str, role: str, needs: Sequence[Need]) -> Finding:
    name = f"permissions of {program}"
    try:
        missing = lacking(_policies(aws, role), needs)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchEntity":
            return failed(name, f"role {role} is missing", "apply infra/terraform again (docs/deploy.md)")
        return skipped(name, f"not allowed to read role {role} ({code})")
    if not missing:
        return passed(name, f"{role}: {len(needs)} calls allowed")
    shown = "; ".join(f"{need.action} on {need.resource}" for need in missing)
    return failed(name, f"{role} may not: {shown}", "widen the policy in infra/terraform and apply")


def _policies(aws: Aws, role: str) -> list[Policy]:
    iam = aws.session.client("iam")
    inline = [
        _document(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=role)
        for policy in page["PolicyNames"]
    ]
    attached = []
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for policy in page["AttachedPolicies"]:
            arn = policy["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            attached.append(_document(found["PolicyVersion"]["Document"]))
    return inline + attached


def _document(policy: object) -> Policy:
    """boto3 decodes the document itself, but not from every endpoint."""
    decoded: Policy = json.loads(unquote(policy)) if isinstance(policy, str) else policy  # type: ignore[assignment]
    return decoded


def _programs(aws: Aws) -> Iterator[tuple[str, str, list[Need]]]:
    names = aws.stack
    client: Any = aws.session.client
    function = client("lambda").get_function(FunctionName=names.ingest_function)["Configuration"]
    yield names.ingest_function, _name(function["Role"]), _needs_of_function(names)
    bronze = _needs_of_delivery(names, names.bronze_prefix, "bronze_order_events")
    if names.profile == "direct":
        bronze.append(
            Need("lambda:InvokeFunction", _arn(names, "lambda", f"function:{names.ingest_function}:$LATEST"))
        )
    for delivery, needs in (
        (names.bronze_delivery_stream, bronze),
        (names.quarantine_delivery_stream, _needs_of_delivery(names, names.quarantine_prefix, None)),
    ):
        found = client("firehose").describe_delivery_stream(DeliveryStreamName=delivery)
        (destination,) = found["DeliveryStreamDescription"]["Destinations"]
        role = destination["ExtendedS3DestinationDescription"]["RoleARN"]
        yield delivery, _name(role), needs
    for job, name in names.jobs.items():
        role = client("glue").get_job(JobName=name)["Job"]["Role"]
        yield name, _name(role), _needs_of_job(names, job, aws.environment)


def _name(role: str) -> str:
    return role.rpartition("/")[2]


def _arn(names: Stack, service: str, rest: str) -> str:
    return f"arn:aws:{service}:{names.region}:{names.account_id}:{rest}"


def _object(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}x"


def _needs_of_function(names: Stack) -> list[Need]:
    group = _arn(names, "logs", f"log-group:/aws/lambda/{names.ingest_function}:log-stream:x")
    needs = [
        _need_to_put(names, names.quarantine_delivery_stream),
        Need("s3:PutObject", _object(names.lake_bucket, names.quarantine_raw_prefix)),
        Need("logs:PutLogEvents", group),
    ]
    if names.profile == "direct":
        return needs
    stream = _arn(names, "kinesis", f"stream/{names.stream_name}")
    reads = ("DescribeStream", "GetRecords", "GetShardIterator", "ListShards")
    return [
        *needs,
        *(Need(f"kinesis:{read}", stream) for read in reads),
        _need_to_put(names, names.bronze_delivery_stream),
        Need("s3:PutObject", _object(names.lake_bucket, names.on_failure_prefix)),
    ]


def _need_to_put(names: Stack, delivery: str) -> Need:
    return Need("firehose:PutRecordBatch", _arn(names, "firehose", f"deliverystream/{delivery}"))


def _needs_of_delivery(names: Stack, prefix: str, table: str | None) -> list[Need]:
    needs = [
        Need("s3:PutObject", _object(names.lake_bucket, prefix)),
        Need("s3:ListBucket", f"arn:aws:s3:::{names.lake_bucket}"),
    ]
    if table is not None:
        resource = _arn(names, "glue", f"table/{names.database}/{table}")
        needs.append(Need("glue:GetTableVersions", resource))
    return needs


def _needs_of_job(names: Stack, job: str, environment: str) -> list[Need]:
    reads = names.bronze_prefix if job == "silver" else names.silver_prefix
    owns = names.gold_prefix if job == "gold" else names.silver_prefix
    table = "gold_daily_sales" if job == "gold" else "silver_order_events"
    resource = _arn(names, "glue", f"table/{names.database}/{table}")
    needs = [
        Need("ssm:GetParameter", _arn(names, "ssm", f"parameter/orderlake/{environment}/stack")),
        Need("s3:GetObject", _object(names.lake_bucket, reads)),
        Need("s3:PutObject", _object(names.lake_bucket, owns)),
        Need("s3:ListBucket", f"arn:aws:s3:::{names.lake_bucket}"),
        Need("glue:GetTable", resource),
        Need("glue:UpdateTable", resource),
    ]
    if job == "maintenance":  # it makes no tables and keeps no checkpoints
        return needs
    if job == "silver":  # who was erased stays out of bronze
        needs += [
            Need("ssm:GetParameter", _arn(names, "ssm", f"parameter{key_parameter(environment)}")),
            Need("s3:PutObject", _object(names.lake_bucket, names.bronze_prefix)),
            Need("s3:DeleteObjectVersion", _object(names.lake_bucket, names.bronze_prefix)),
        ]
    checkpoints = names.checkpoints_prefix + ("silver/" if job == "silver" else "views/")
    return [
        *needs,
        Need("glue:CreateTable", resource),
        Need("s3:PutObject", _object(names.lake_bucket, checkpoints)),
    ]

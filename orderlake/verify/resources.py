"""Is everything there that the stack's parameter names, and is there room for it?"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.stack import PARAMETER
from orderlake.aws import Aws
from orderlake.verify.finding import Finding, failed, passed, skipped

APPLY = "apply infra/terraform again (docs/deploy.md)"
_REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation"})


def account(aws: Aws) -> Iterator[Finding]:
    """Credentials, region and the account's limits."""
    identity = aws.session.client("sts").get_caller_identity()
    yield passed("credentials", identity["Arn"])
    if aws.region == aws.stack.region:
        yield passed("region", aws.region)
    else:
        yield failed("region", f"{aws.region}, the stack is in {aws.stack.region}", "give --region")
    if aws.stack.profile == "stream":
        yield _quota(
            "quota: shards",
            lambda: aws.session.client("kinesis").describe_limits(),
            lambda limits: (limits["OpenShardCount"], limits["ShardLimit"]),
        )
    yield _quota(
        "quota: concurrent functions",
        lambda: aws.session.client("lambda").get_account_settings(),
        lambda settings: (0, settings["AccountLimit"]["UnreservedConcurrentExecutions"]),
    )


def _quota(check: str, ask: Callable[[], Any], read: Callable[[Any], tuple[int, int]]) -> Finding:
    try:
        used, limit = read(ask())
    except ClientError as error:
        return skipped(check, f"AWS did not say: {error.response['Error']['Code']}")
    if used < limit or limit == 0:
        return passed(check, f"{used} of {limit} used")
    return failed(check, f"{used} of {limit} used", "ask AWS for more in Service Quotas")


def stack(aws: Aws) -> Iterator[Finding]:
    """Every resource that programs use, in the state in which it works."""
    names = aws.stack
    client: Any = aws.session.client

    def table(name: str) -> str:
        client("glue").get_table(DatabaseName=names.database, Name=name)
        return "there"

    def bucket(name: str) -> str:
        client("s3").head_bucket(Bucket=name)
        return "there"

    def stream() -> str:
        found = client("kinesis").describe_stream_summary(StreamName=names.stream_name)
        return str(found["StreamDescriptionSummary"]["StreamStatus"])

    def function() -> str:
        found = client("lambda").get_function(FunctionName=names.ingest_function)["Configuration"]
        return str(found.get("State", "Active"))

    def mapping() -> str:
        pages = client("lambda").get_paginator("list_event_source_mappings").paginate()
        mappings = [entry for page in pages for entry in page["EventSourceMappings"]]
        mine = f":function:{names.ingest_function}"
        states = {entry["State"] for entry in mappings if mine in f"{entry['FunctionArn']}:"}
        return ", ".join(sorted(states)) or "none"

    def delivery(name: str) -> str:
        found = client("firehose").describe_delivery_stream(DeliveryStreamName=name)
        return str(found["DeliveryStreamDescription"]["DeliveryStreamStatus"])

    def processor() -> str:
        found = client("firehose").describe_delivery_stream(DeliveryStreamName=names.bronze_delivery_stream)
        (destination,) = found["DeliveryStreamDescription"]["Destinations"]
        processing = destination["ExtendedS3DestinationDescription"].get("ProcessingConfiguration") or {}
        is_ours = f":function:{names.ingest_function}" in str(processing.get("Processors"))
        return "Enabled" if processing.get("Enabled") and is_ours else "none"

    def job(name: str) -> str:
        client("glue").get_job(JobName=name)
        return "there"

    yield _exists("function", names.ingest_function, function, {"Active"})
    if names.profile == "stream":
        yield _exists("stream", names.stream_name, stream, {"ACTIVE", "UPDATING"})
        yield _exists("mapping of stream to function", names.ingest_function, mapping, {"Enabled"})
    else:
        yield _exists("processor of delivery", names.bronze_delivery_stream, processor, {"Enabled"})
    for name in (names.bronze_delivery_stream, names.quarantine_delivery_stream):
        yield _exists("delivery", name, partial(delivery, name), {"ACTIVE"})
    for name in (names.lake_bucket, names.results_bucket, names.artifacts_bucket):
        yield _exists("bucket", name, partial(bucket, name), {"there"})
    for name in ("bronze_order_events", "quarantine_events"):
        yield _exists("table", name, partial(table, name), {"there"})
    yield _exists(
        "workgroup",
        names.workgroup,
        lambda: str(client("athena").get_work_group(WorkGroup=names.workgroup)["WorkGroup"].get("State")),
        {"ENABLED"},
    )
    for name in names.jobs.values():
        yield _exists("job", name, partial(job, name), {"there"})


def _exists(kind: str, name: str, ask: Callable[[], str], good: set[str]) -> Finding:
    check = f"{kind} {name}"
    try:
        state = ask()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            return failed(check, f"not allowed to look ({code})", "give your credentials leave to read it")
        return failed(check, f"missing ({code})", APPLY)
    if state not in good:
        return failed(check, state, f"wait for {' or '.join(sorted(good))}, or {APPLY}")
    return passed(check, state)


def clashes(aws: Aws) -> Iterator[Finding]:
    """Where nothing is deployed: which names Terraform would find taken."""
    name = f"orderlake-{aws.environment}"
    client: Any = aws.session.client
    account_id = client("sts").get_caller_identity()["Account"]
    parameter = PARAMETER.format(environment=aws.environment)
    yield failed("stack", f"no parameter {parameter}", "deploy it: docs/deploy.md")
    looks: tuple[tuple[str, Callable[[], Any]], ...] = (
        (
            f"bucket {name}-lake-{account_id}",
            lambda: client("s3").head_bucket(Bucket=f"{name}-lake-{account_id}"),
        ),
        (
            f"stream {name}-orders",
            lambda: client("kinesis").describe_stream_summary(StreamName=f"{name}-orders"),
        ),
        (
            "database ecommerce_analytics_db",
            lambda: client("glue").get_database(Name="ecommerce_analytics_db"),
        ),
    )
    for what, look in looks:
        yield _is_free(what, look)


def _is_free(what: str, look: Callable[[], Any]) -> Finding:
    check = f"name free: {what}"
    try:
        look()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            return failed(check, "taken by somebody else", "choose another --environment")
        return passed(check, "free")
    return failed(
        check,
        "taken",
        "remove it, import it, or give `environment` or `database` another name",
    )

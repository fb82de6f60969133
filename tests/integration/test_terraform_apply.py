"""The definitions applied to the embedded AWS: as recorded, unchanged on a second look, used, and gone."""

import json
from collections.abc import Iterator

import pytest
import yaml

import sql
from infra.local.playback import play
from infra.local.server import EmbeddedAws
from infra.stack import Stack
from tests.embedded_pipeline import Pipeline
from tests.integration.applied_environment import (
    ALLOWED_DRIFT,
    Applied,
    applied_environment,
    check_policies_suffice,
    check_the_shared_file,
    check_unused_permissions_are_explained,
    land_a_line,
    post_over_http,
    timed,
    used,
)
from tests.integration.stack_description import describe
from tests.integration.survivors import survivors
from tests.shared_data import ONLINE_RETAIL, needs_real_orders

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def applied(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    return applied_environment(embedded_aws, tmp_path_factory.mktemp("terraform"), "stream")


@pytest.fixture(scope="module")
def pipeline(applied: Applied) -> Iterator[Pipeline]:
    with used(applied, "replay", str(ONLINE_RETAIL), "--speed", "max") as running:
        yield running


def test_apply_makes_the_calls_that_are_recorded(applied: Applied) -> None:
    assert applied.calls == applied.recorded("stream"), (
        "Terraform calls something else now: run `make record`"
    )


def test_a_second_plan_changes_nothing_but_what_is_explained(applied: Applied) -> None:
    assert applied.drift() == ALLOWED_DRIFT.keys()


def test_programs_find_every_name_in_the_stack_parameter(applied: Applied) -> None:
    answer = applied.client("ssm").get_parameter(Name="/orderlake/dev/stack")
    stack = Stack.model_validate_json(answer["Parameter"]["Value"], extra="forbid")
    assert stack.stream_name == "orderlake-dev-orders"
    assert stack.lake_bucket == "orderlake-dev-lake-123456789012"
    assert stack.jobs == {name: f"orderlake-dev-{name}" for name in ("silver", "gold", "maintenance")}


def test_the_pseudonymisation_key_is_kept_but_not_in_the_state(applied: Applied) -> None:
    answer = applied.client("ssm").get_parameter(
        Name="/orderlake/dev/pseudonymisation-key", WithDecryption=True
    )
    key = answer["Parameter"]["Value"]
    assert len(key) == 64
    assert key not in applied.state


def test_bronze_has_the_columns_of_its_contract(applied: Applied) -> None:
    table = applied.client("glue").get_table(
        DatabaseName="ecommerce_analytics_db", Name="bronze_order_events"
    )["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    contract = yaml.safe_load(sql.schema("bronze_order_events"))
    assert columns == {column["name"]: column["type"] for column in contract["columns"]}
    assert table["Parameters"]["storage.location.template"].endswith("/arrival_hour=${arrival_hour}/")


def test_the_function_is_the_archive_that_was_packaged(applied: Applied) -> None:
    configuration = applied.client("lambda").get_function_configuration(
        FunctionName="orderlake-dev-order-ingest"
    )
    assert configuration["Handler"] == "stream_processors.order_ingest.handler.handler"
    assert configuration["Runtime"] == "python3.13"
    assert configuration["Environment"]["Variables"]["BRONZE_DELIVERY_STREAM"] == "orderlake-dev-bronze"


def test_the_lag_alarms_watch_the_stream_and_the_function(applied: Applied) -> None:
    alarms = {
        alarm["AlarmName"]: alarm for alarm in applied.client("cloudwatch").describe_alarms()["MetricAlarms"]
    }
    stream, function = alarms["orderlake-dev-stream-lag"], alarms["orderlake-dev-ingest-lag"]
    assert stream["MetricName"] == "GetRecords.IteratorAgeMilliseconds"
    assert function["MetricName"] == "IteratorAge"
    assert "stream-lag.md" in stream["AlarmDescription"]


def test_a_bucket_refuses_the_public_and_plain_http(applied: Applied) -> None:
    s3 = applied.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        blocked = s3.get_public_access_block(Bucket=bucket["Name"])["PublicAccessBlockConfiguration"]
        assert all(blocked.values()), bucket
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]


def test_new_code_is_a_deployment_and_nothing_else(applied: Applied) -> None:
    archive = applied.build / applied.artefacts["order_ingest"].name
    code = archive.read_bytes()
    archive.write_bytes(code + b"\0")
    try:
        changes = applied.terraform.plan()
    finally:
        archive.write_bytes(code)

    assert {change.address: change.actions for change in changes} == {
        "module.consumer[0].module.function.aws_s3_object.archive": ("delete", "create"),
        "module.consumer[0].module.function.aws_lambda_function.this": ("update",),
    }


def test_closing_quarantine_changes_the_policy_of_the_lake_and_nothing_else(applied: Applied) -> None:
    readers = json.dumps(["arn:aws:iam::123456789012:role/support"])
    changes = applied.terraform.with_variables(quarantine_readers=readers).plan()
    assert {change.address: change.attributes for change in changes} == {
        'module.lake.aws_s3_bucket_policy.access["lake"]': {"policy"}
    }
    (denied,) = (
        statement
        for statement in json.loads(changes[0].values["policy"])["Statement"]
        if statement["Sid"] == "DenyRefusedRecords"
    )
    assert denied["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == [
        "arn:aws:iam::123456789012:role/support",
        "arn:aws:iam::123456789012:role/orderlake-dev-silver-job",
        "arn:aws:iam::123456789012:role/orderlake-dev-file-ingest",
    ]
    lake = "arn:aws:s3:::orderlake-dev-lake-123456789012"
    assert {f"{lake}/aws/lambda/*", f"{lake}/landing/*"} < set(denied["Resource"])


def test_what_was_refused_expires_and_not_before_the_ledger_forgets_it(applied: Applied) -> None:
    rules = applied.client("s3").get_bucket_lifecycle_configuration(Bucket="orderlake-dev-lake-123456789012")[
        "Rules"
    ]
    days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule}
    assert days.pop("audit/runs/") == 90
    assert [days.pop(f"landing/{outcome}/") for outcome in ("done", "failed")] == [30, 30]
    assert days == dict.fromkeys(
        ("quarantine/events/", "quarantine/raw/", "delivery-failed/quarantine/", "aws/lambda/"), 91
    )


@needs_real_orders
def test_the_shared_file_comes_out_right(pipeline: Pipeline) -> None:
    check_the_shared_file(pipeline)


@pytest.fixture(scope="module")
def exercised(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The run, a landed file, an event over HTTP, maintenance, two bad records: a small and a large one."""
    land_a_line(pipeline, tmp_path_factory.mktemp("landing"))
    post_over_http(pipeline)
    stream = pipeline.aws.stack.stream_name
    for data in (b"\xff", b"\xff" * 600_000):
        pipeline.aws.session.client("kinesis").put_record(StreamName=stream, Data=data, PartitionKey="bad")
    pipeline.audit("bronze")
    timed("run: maintenance", lambda: pipeline.run_jobs(["maintenance"]))


@needs_real_orders
@pytest.mark.usefixtures("exercised")
def test_no_role_calls_what_its_policy_does_not_allow(applied: Applied) -> None:
    check_policies_suffice(applied)


@needs_real_orders
@pytest.mark.usefixtures("exercised")
def test_permissions_that_no_call_used_are_explained(applied: Applied) -> None:
    check_unused_permissions_are_explained(applied)


def test_nothing_survives_destroy(applied: Applied) -> None:
    # A job's table and an object of the lake, as a used environment has them.
    applied.client("s3").put_object(
        Bucket="orderlake-dev-lake-123456789012", Key="silver/left/data.parquet", Body=b"x"
    )
    applied.client("glue").create_table(
        DatabaseName="ecommerce_analytics_db", TableInput={"Name": "silver_left", "StorageDescriptor": {}}
    )
    timed("destroy", applied.terraform.destroy)
    assert applied.terraform.resources() == []
    assert survivors(applied.endpoint_url) == []


def test_playing_the_recording_makes_what_apply_made(applied: Applied) -> None:
    """After `destroy`, into the same embedded AWS."""
    timed("playback", lambda: play(applied.endpoint_url, applied.artefacts))
    assert describe(applied.endpoint_url) == applied.description

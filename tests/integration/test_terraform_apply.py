"""The definitions applied to the embedded AWS: as recorded, unchanged on a second look, used, and gone."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
import yaml

import sql
from infra.iam_document import UNUSED
from infra.iam_policies import Statement, allows
from infra.local.playback import deployables, names, play
from infra.local.recording import Call, Substitution, load
from infra.local.recording.capture import Recorder, terraform
from infra.local.recording.order import in_order
from infra.local.role_calls import RoleCall
from infra.local.server import ACCOUNT_ID, EmbeddedAws
from infra.packaging import Artefact
from infra.stack import Stack
from infra.terraform_runner import ProviderMissing, Terraform, TerraformMissing
from orderlake.aws import connect
from tests.embedded_pipeline import Pipeline
from tests.integration.role_requests import RoleRequests
from tests.integration.stack_description import describe
from tests.integration.survivors import survivors
from tests.pipeline import test_real_orders as real_orders
from tests.shared_data import ONLINE_RETAIL, TOTALS, needs_real_orders

Outcome = TypeVar("Outcome")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# Differences that a second plan shows, with their reasons. An entry that no plan shows fails the test.
ALLOWED_DRIFT: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Applied:
    """The environment as it was when it was made; what was asked and noted since grows."""

    terraform: Terraform
    endpoint_url: str
    artefacts: Mapping[str, Artefact]
    build: Path
    state: str
    calls: list[Call]
    description: dict[str, Any]
    requests: RoleRequests
    noted: set[RoleCall]

    def client(self, service: str) -> Any:
        create: Any = boto3.Session("local", "local", region_name="us-east-1").client
        return create(service, endpoint_url=self.endpoint_url)


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def applied(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    artefacts = deployables()
    recorder, requests = Recorder(artefacts), RoleRequests(ACCOUNT_ID)
    noted: set[RoleCall] = set()
    try:
        folder = tmp_path_factory.mktemp("terraform")
        definitions = terraform(embedded_aws, folder, artefacts, "dev")
        timed("init", definitions.init)
    except (TerraformMissing, ProviderMissing) as error:
        pytest.skip(str(error))
    end_recording = embedded_aws.hear(recorder)
    embedded_aws.hear(requests)
    embedded_aws.role_calls.listeners.append(noted.add)
    timed("apply", definitions.apply)
    end_recording()
    report(f"{len(definitions.resources())} resources")
    return Applied(
        definitions,
        embedded_aws.endpoint_url,
        artefacts,
        folder / "build",
        definitions.state(),
        recorder.calls(),
        describe(embedded_aws.endpoint_url),
        requests,
        noted,
    )


@pytest.fixture(scope="module")
def pipeline(applied: Applied) -> Iterator[Pipeline]:
    """The applied environment, which the shared file went through once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AWS_ACCESS_KEY_ID", "embedded"), ("AWS_SECRET_ACCESS_KEY", "embedded")):
            patch.setenv(name, value)
        for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
            patch.delenv(name, raising=False)
        # The schedule's own run could come between.
        applied.client("glue").stop_trigger(Name="orderlake-dev-silver-schedule")
        running = Pipeline(connect(applied.endpoint_url, "us-east-1", "dev"), applied.endpoint_url)
        timed("run: replay", lambda: running.orderlake("replay", str(ONLINE_RETAIL), "--speed", "max"))
        timed("run: bronze balances", lambda: running.audit("bronze", wait=300))
        timed("run: jobs", running.run_jobs)
        timed("run: gold balances", lambda: running.audit("gold"))
        yield running


def test_apply_makes_the_calls_that_are_recorded(applied: Applied) -> None:
    substitution = Substitution(
        {**names("dev", ACCOUNT_ID, "us-east-1", applied.artefacts), "secret": "{{secret}}"}
    )
    recorded = [Call.from_document(substitution.fill(call.to_document())) for call in load()]
    assert applied.calls == in_order(recorded), "Terraform calls something else now: run `make record`"


def test_a_second_plan_changes_nothing_but_what_is_explained(applied: Applied) -> None:
    changes = timed("second plan", applied.terraform.plan)
    drift = {
        (change.address, attribute)
        for change in changes
        for attribute in (change.attributes if change.actions == ("update",) else change.actions)
    }
    report(f"drift: {sorted(drift) or 'none'}")
    assert drift == ALLOWED_DRIFT.keys()


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
        "module.consumer[0].aws_s3_object.archive": ("delete", "create"),
        "module.consumer[0].aws_lambda_function.order_ingest": ("update",),
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
    ]
    assert "arn:aws:s3:::orderlake-dev-lake-123456789012/aws/lambda/*" in denied["Resource"]


def test_what_was_refused_expires_and_not_before_the_ledger_forgets_it(applied: Applied) -> None:
    rules = applied.client("s3").get_bucket_lifecycle_configuration(Bucket="orderlake-dev-lake-123456789012")[
        "Rules"
    ]
    days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule}
    assert days.pop("audit/runs/") == 90
    assert days == dict.fromkeys(
        ("quarantine/events/", "quarantine/raw/", "delivery-failed/quarantine/", "aws/lambda/"), 91
    )


@needs_real_orders
def test_the_shared_file_comes_out_right(pipeline: Pipeline) -> None:
    totals = {
        name.split("(")[0].split("[")[0]: value for name, value in json.loads(TOTALS.read_text()).items()
    }
    real_orders.test_the_sums_of_the_whole_file_are_exact(pipeline, totals)
    real_orders.test_every_line_is_a_line_a_movement_or_in_quarantine(pipeline, totals)
    real_orders.test_every_month_is_exact(pipeline, totals)
    real_orders.test_the_best_products_are_the_control_totals(pipeline, totals)
    real_orders.test_the_best_customers_are_the_control_totals(pipeline, totals)


@pytest.fixture(scope="module")
def statements(applied: Applied) -> dict[str, list[Statement]]:
    """What the roles' policies say, by the role's ARN, as they are applied."""
    iam = applied.client("iam")
    found: dict[str, list[Statement]] = {}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in policies]
        found[role["Arn"]] = [one for document in documents for one in Statement.read(name, document)]
    return found


@pytest.fixture(scope="module")
def exercised(pipeline: Pipeline) -> None:
    """The run, maintenance, and two records for quarantine: one small, one kept as an object of its own."""
    stream = pipeline.aws.stack.stream_name
    for data in (b"\xff", b"\xff" * 600_000):
        pipeline.aws.session.client("kinesis").put_record(StreamName=stream, Data=data, PartitionKey="bad")
    pipeline.audit("bronze")
    timed("run: maintenance", lambda: pipeline.run_jobs(["maintenance"]))


@needs_real_orders
@pytest.mark.usefixtures("exercised")
def test_no_role_calls_what_its_policy_does_not_allow(
    applied: Applied, statements: dict[str, list[Statement]]
) -> None:
    made = applied.noted | applied.requests.calls(list(statements))
    assert {role.rpartition("/")[2] for role, _, _ in made} == {
        role.rpartition("/")[2] for role in statements
    }
    outside = [call for call in made if not allows(statements[call.role_arn], call.action, call.resource)]
    report(f"{len(made)} different calls by {len(statements)} roles, {len(outside)} outside their policies")
    assert sorted(outside) == []


@needs_real_orders
@pytest.mark.usefixtures("exercised")
def test_permissions_that_no_call_used_are_explained(
    applied: Applied, statements: dict[str, list[Statement]]
) -> None:
    made = applied.noted | applied.requests.calls(list(statements))
    unused = {
        (statement.role.removeprefix("orderlake-dev-"), statement.sid, action)
        for role_arn, granted in statements.items()
        for statement in granted
        for action in statement.actions
        if not any(
            call.role_arn == role_arn and call.action == action and statement.covers(action, call.resource)
            for call in made
        )
    }
    report(f"{len(unused)} permissions unused, all explained in docs/iam.md")
    assert sorted(unused) == sorted(UNUSED)


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


def timed(what: str, step: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    result = step()
    report(f"{what}: {time.monotonic() - began:.1f} s")
    return result


def report(line: str) -> None:
    """Said where pytest does not keep it back: the times are asked for."""
    stream = sys.__stdout__ or sys.stdout
    stream.write(f"\n{line}")

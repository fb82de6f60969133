"""The definitions applied to the embedded AWS: made, unchanged on a second look, and gone."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
import pytest
import yaml

import sql
from infra.local import bucket_policies
from infra.local.server import EmbeddedAws
from infra.stack import Stack
from infra.terraform_runner import DIRECTORY, ProviderMissing, Terraform, TerraformMissing
from tests.integration.survivors import survivors
from tests.integration.terraform_artefacts import write_artefacts

Outcome = TypeVar("Outcome")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Differences that a second plan may show: address, attribute, reason.
ALLOWED_DRIFT = {
    ("module.stream.aws_kinesis_stream.orders", "tags_all"): "moto forgets the tags of CreateStream",
}


@dataclass(frozen=True)
class Applied:
    terraform: Terraform
    endpoint_url: str
    state: str

    def client(self, service: str) -> Any:
        create: Any = boto3.Session("local", "local", region_name="us-east-1").client
        return create(service, endpoint_url=self.endpoint_url)


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    bucket_policies.install()
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def applied(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    folder = tmp_path_factory.mktemp("terraform")
    try:
        terraform = Terraform(
            folder,
            endpoint_url=embedded_aws.endpoint_url,
            variables={"artefacts_dir": str(write_artefacts(folder / "build"))},
            variable_files=[DIRECTORY / "environments" / "local.tfvars"],
        )
        timed("init", terraform.init)
    except (TerraformMissing, ProviderMissing) as error:
        pytest.skip(str(error))
    timed("apply", terraform.apply)
    report(f"{len(terraform.resources())} resources")
    return Applied(terraform, embedded_aws.endpoint_url, terraform.state())


def test_a_second_plan_changes_nothing_but_what_is_explained(applied: Applied) -> None:
    changes = timed("second plan", applied.terraform.plan)
    drift = {
        (change.address, attribute)
        for change in changes
        for attribute in (change.attributes if change.actions == ("update",) else change.actions)
    }
    assert drift - ALLOWED_DRIFT.keys() == set()


def test_programs_find_every_name_in_the_stack_parameter(applied: Applied) -> None:
    answer = applied.client("ssm").get_parameter(Name="/orderlake/dev/stack")
    stack = Stack.model_validate_json(answer["Parameter"]["Value"], extra="forbid")
    assert stack.stream_name == "orderlake-dev-orders"
    assert stack.lake_bucket == "orderlake-dev-lake-123456789012"
    assert stack.jobs == {"silver": "orderlake-dev-silver", "gold": "orderlake-dev-gold"}


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


def timed(what: str, step: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    result = step()
    report(f"terraform {what}: {time.monotonic() - began:.1f} s")
    return result


def report(line: str) -> None:
    """Said where pytest does not keep it back: the times are asked for."""
    stream = sys.__stdout__ or sys.stdout
    stream.write(f"\n{line}")

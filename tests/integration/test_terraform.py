"""The definitions without a cloud: form, validity, a plan that asks nobody."""

import os
import re
from pathlib import Path

import pytest

from infra.terraform_runner import DIRECTORY, ProviderMissing, Terraform, TerraformError, TerraformMissing
from tests.integration.terraform_artefacts import write_artefacts


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    folder = tmp_path_factory.mktemp("terraform")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
        try:
            terraform = Terraform(
                folder,
                variables={"artefacts_dir": str(write_artefacts(folder / "build"))},
                variable_files=[DIRECTORY / "environments" / "offline.tfvars"],
            )
            terraform.init()
        except (TerraformMissing, ProviderMissing) as error:
            pytest.skip(str(error))
    return terraform


def test_every_file_is_formatted(terraform: Terraform) -> None:
    assert terraform.unformatted() == []


def test_the_definitions_are_valid(terraform: Terraform) -> None:
    terraform.validate()


def test_a_plan_needs_neither_account_nor_credentials(terraform: Terraform) -> None:
    changes = terraform.plan()
    assert {change.actions for change in changes} == {("create",)}
    planned = {change.address for change in changes}
    assert "module.stream[0].aws_kinesis_stream.orders" in planned
    assert [address for address in planned if address.startswith("module.http_api")] == []


def test_without_a_stream_firehose_has_a_function(terraform: Terraform) -> None:
    added = {change.address for change in terraform.with_variables(profile="direct").plan()}
    assert "module.transform[0].module.function.aws_lambda_function.this" in added
    gone = (
        "module.stream",
        "module.consumer",
        'module.observability.aws_cloudwatch_metric_alarm.this["stream-',
    )
    assert [address for address in added if address.startswith(gone)] == []


def test_a_key_of_the_customers_encrypts_everything(terraform: Terraform) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/7c1f8d1e-0d4f-4f7b-9c8e-0d9d0c6c1111"
    planned = {change.address: change.values for change in terraform.with_variables(kms_key=key).plan()}
    of_kind = {
        "aws_cloudwatch_log_group": "kms_key_id",
        "aws_lambda_function": "kms_key_arn",
        "aws_sns_topic": "kms_master_key_id",
    }
    for kind, attribute in of_kind.items():
        values = [values for address, values in planned.items() if f".{kind}." in address]
        assert values
        assert {value[attribute] for value in values} == {key}, kind
    assert planned["aws_ssm_parameter.pseudonymisation_key"]["key_id"] == key
    buckets = [values for address, values in planned.items() if "_server_side_encryption_" in address]
    assert [one["rule"][0]["bucket_key_enabled"] for one in buckets] == [True] * 3
    streams = [values for address, values in planned.items() if "_firehose_delivery_stream" in address]
    assert {one["server_side_encryption"][0]["key_arn"] for one in streams} == {key}


def test_production_keeps_its_data_when_it_is_destroyed(terraform: Terraform) -> None:
    text = (DIRECTORY / "environments" / "prod.tfvars").read_text()
    (destroy_data,) = re.findall(r"^destroy_data +=(.*)$", text, re.MULTILINE)
    changes = terraform.with_variables(destroy_data=destroy_data.strip()).plan()
    planned = {change.address: change.values for change in changes}
    assert planned['module.lake.aws_s3_bucket.this["lake"]']["force_destroy"] is False
    assert planned["module.query.aws_athena_workgroup.this"]["force_destroy"] is False


def test_a_plan_without_artefacts_says_how_to_make_them(terraform: Terraform, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match="make package"):
        terraform.with_variables(artefacts_dir=str(tmp_path)).plan()


def test_one_variable_makes_the_jobs_that_compute_spark_jobs(terraform: Terraform) -> None:
    commands = {
        change.address.partition('"')[2].rstrip('"]'): change.values["command"][0]["name"]
        for change in terraform.with_variables(engine="spark").plan()
        if change.address.startswith("module.jobs.aws_glue_job.this")
    }
    assert commands == {"silver": "glueetl", "gold": "glueetl", "maintenance": "pythonshell"}

"""QuickSight, the crawler, an HTTP API for signed requests: planned with all else.

The crawler is applied, alone, too; an HTTP API with tokens is part of what is recorded.
"""

from collections.abc import Iterator

import boto3
import pytest
import sqlglot
from sqlglot import exp

from infra.local.server import EmbeddedAws
from infra.terraform_runner import (
    DIRECTORY,
    Change,
    ProviderMissing,
    Terraform,
    TerraformError,
    TerraformMissing,
)
from tests.integration.terraform_artefacts import write_artefacts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OWNER = "arn:aws:quicksight:us-east-1:123456789012:user/default/analyst"
# The crawler with the names that it gets from the other modules.
CRAWLER = """
terraform {{
  backend "local" {{}}
}}

provider "aws" {{
  region = "us-east-1"
}}

module "crawler" {{
  source = "{modules}/crawler"

  name        = "orderlake-dev"
  account_id  = "123456789012"
  region      = "us-east-1"
  lake_bucket = {{ name = "lake", arn = "arn:aws:s3:::lake" }}
  database    = {{ name = "sales", arn = "arn:aws:glue:us-east-1:123456789012:database/sales" }}
  prefix      = "bronze/order_events/"
}}
"""


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def everything(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    folder = tmp_path_factory.mktemp("everything")
    try:
        terraform = Terraform(
            folder,
            endpoint_url=embedded_aws.endpoint_url,
            variables={
                "artefacts_dir": str(write_artefacts(folder / "build")),
                "quicksight_owner": OWNER,
                "crawl_bronze": "true",
                "http_api": '{"authorisation": "iam", "requests_per_second": 7}',
            },
        )
        terraform.init()
    except (TerraformMissing, ProviderMissing) as error:
        pytest.skip(str(error))
    return terraform


@pytest.fixture(scope="module")
def planned(everything: Terraform) -> dict[str, Change]:
    """Everything, with all options on, by address."""
    return {change.address: change for change in everything.plan()}


@pytest.fixture(scope="module")
def applied_crawler(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    directory = tmp_path_factory.mktemp("definitions")
    (directory / "main.tf").write_text(CRAWLER.format(modules=DIRECTORY / "modules"))
    (directory / "versions.tf").write_text(required_providers())
    try:
        terraform = Terraform(
            tmp_path_factory.mktemp("crawler"), directory, endpoint_url=embedded_aws.endpoint_url
        )
        terraform.init()
    except (TerraformMissing, ProviderMissing) as error:
        pytest.skip(str(error))
    terraform.apply()
    return terraform


def required_providers() -> str:
    """The provider of the definitions, in the same version."""
    text = (DIRECTORY / "versions.tf").read_text()
    begin = text.index("  required_providers {")
    return "terraform {\n" + text[begin : text.index('provider "aws"')]


def of_kind(planned: dict[str, Change], kind: str) -> list[Change]:
    return [change for address, change in planned.items() if f".{kind}." in address]


def test_a_plan_with_all_options_makes_all_of_quicksight_and_the_crawler(planned: dict[str, Change]) -> None:
    module = "module.quicksight[0].aws_quicksight_"
    assert {change.actions for change in planned.values()} == {("create",)}
    made = {address.removeprefix(module).split("[")[0] for address in planned if address.startswith(module)}
    assert made == {
        "analysis.this",
        "dashboard.this",
        "data_set.this",
        "data_source.athena",
        "template.this",
    }
    assert "module.crawler[0].aws_glue_crawler.this" in planned


def test_an_http_api_for_signed_requests_lets_nobody_else_in(planned: dict[str, Change]) -> None:
    routes = of_kind(planned, "aws_apigatewayv2_route")
    assert {route.values["route_key"] for route in routes} == {"POST /v1/events", "GET /v1/health"}
    assert {route.values["authorization_type"] for route in routes} == {"AWS_IAM"}
    assert of_kind(planned, "aws_apigatewayv2_authorizer") == []
    (stage,) = of_kind(planned, "aws_apigatewayv2_stage")
    (limits,) = stage.values["default_route_settings"]
    assert (limits["throttling_rate_limit"], limits["throttling_burst_limit"]) == (7, 100)


@pytest.mark.parametrize(
    "http_api",
    [
        '{"authorisation": "none"}',
        '{"authorisation": "jwt"}',
        '{"authorisation": "jwt", "issuer": "https://shop.example"}',
    ],
)
def test_an_http_api_that_anybody_may_call_is_not_made(everything: Terraform, http_api: str) -> None:
    with pytest.raises(TerraformError, match="http_api"):
        everything.with_variables(http_api=http_api).plan()


def test_every_visual_has_a_place_and_a_data_set(planned: dict[str, Change]) -> None:
    (analysis,) = of_kind(planned, "aws_quicksight_analysis")
    (sheet,) = analysis.values["definition"][0]["sheets"]
    (grid,) = sheet["layouts"][0]["configuration"][0]["grid_layout"]
    placed = {(element["column_index"], element["row_index"]) for element in grid["elements"]}
    data_sets = of_kind(planned, "aws_quicksight_data_set")
    assert len(sheet["visuals"]) == len(placed) == len(data_sets) > 0


def test_a_data_set_asks_its_question_of_tables_with_their_database(planned: dict[str, Change]) -> None:
    data_sets = of_kind(planned, "aws_quicksight_data_set")
    assert data_sets
    for data_set in data_sets:
        (table,) = data_set.values["physical_table_map"]
        (asked,) = table["custom_sql"]
        statement = sqlglot.parse_one(asked["sql_query"], read="athena")
        steps = {step.alias_or_name for step in statement.find_all(exp.CTE)}
        tables = [each for each in statement.find_all(exp.Table) if each.name not in steps or each.db]
        assert {each.db for each in tables} == {"ecommerce_analytics_db"}
        assert not asked["sql_query"].endswith(";")


def test_the_crawler_is_made_over_bronze_and_a_second_look_changes_nothing(
    applied_crawler: Terraform, embedded_aws: EmbeddedAws
) -> None:
    session = boto3.Session("local", "local", region_name="us-east-1")
    glue = session.client("glue", endpoint_url=embedded_aws.endpoint_url)
    crawler = glue.get_crawler(Name="orderlake-dev-bronze")["Crawler"]
    (target,) = crawler["Targets"]["S3Targets"]
    assert target["Path"] == "s3://lake/bronze/order_events/"
    assert (crawler["DatabaseName"], crawler["TablePrefix"]) == ("sales", "crawled_")
    assert applied_crawler.plan() == []

"""`orderlake verify` against the embedded AWS: green, clean afterwards, and red when something is wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline

REVENUE = "SELECT category, sum(amount) AS amount FROM gold_daily_sales GROUP BY 1 ORDER BY 1"


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        running.orderlake("produce", "--records", "200", "--seed", "7")
        running.audit("bronze")
        yield running


def findings(pipeline: Pipeline, *arguments: str, exit_code: int = 0) -> dict[str, dict[str, Any]]:
    text = pipeline.orderlake("verify", *arguments, "--format", "json", exit_code=exit_code)
    return {row["check"]: row for row in json.loads(text)}


def test_a_sound_deployment_is_green_and_nothing_of_the_trial_stays(pipeline: Pipeline) -> None:
    pipeline.run_jobs()
    before = pipeline.rows(REVENUE)

    found = findings(pipeline, "--wait", "120")

    assert {row["state"] for row in found.values()} <= {"ok", "skipped"}
    assert found["query of gold"]["found"] == "1000 orders, 1000.00 USD"
    assert found["clean-up"]["state"] == "ok"
    after = pipeline.rows(REVENUE)
    assert after == before
    ledgers = pipeline.audit("gold")
    assert ledgers["stream → lake", "withdrawn"] == 1000
    assert ledgers["stream → lake", "bronze"] == 200
    assert ledgers["bronze → silver", "silver"] == 200


def test_the_teardown_plan_names_tables_views_and_full_buckets(pipeline: Pipeline) -> None:
    rows = json.loads(pipeline.orderlake("teardown", "--plan", "--format", "json"))

    kinds = {row["kind"] for row in rows}
    names = {row["name"] for row in rows}
    assert {"bucket", "Iceberg table", "view", "log group"} <= kinds
    assert f"{pipeline.aws.stack.database}.silver_order_events" in names
    assert f"{pipeline.aws.stack.database}.bronze_order_events" not in names
    assert pipeline.aws.stack.lake_bucket in names


def test_a_teardown_without_plan_is_wrong_use(pipeline: Pipeline) -> None:
    pipeline.orderlake("teardown", exit_code=2)


def test_verify_with_aws_refuses_the_embedded_one(pipeline: Pipeline) -> None:
    pipeline.orderlake("verify", "--aws", exit_code=2)


def test_a_stack_that_is_not_there_is_red_with_the_names_that_are_free(pipeline: Pipeline) -> None:
    found = findings(pipeline, "--environment", "other", exit_code=1)

    assert found["stack"]["state"] == "failed"
    assert found["name free: stream orderlake-other-orders"]["state"] == "ok"
    assert found["name free: database ecommerce_analytics_db"]["state"] == "failed"


def test_a_policy_that_is_too_narrow_is_red_and_nothing_is_sent(pipeline: Pipeline) -> None:
    iam: Any = pipeline.aws.session.client("iam")
    role = "orderlake-dev-order-ingest"
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    narrow = {
        **kept,
        "Statement": [entry for entry in kept["Statement"] if "firehose:" not in json.dumps(entry["Action"])],
    }
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(narrow))
    try:
        found = findings(pipeline, exit_code=1)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(kept))

    red = found["permissions of orderlake-dev-order-ingest"]
    assert red["state"] == "failed"
    assert "firehose:PutRecordBatch" in red["found"]
    assert found["events"]["state"] == "skipped"


def test_a_missing_resource_is_red_and_nothing_is_sent(pipeline: Pipeline) -> None:
    job = pipeline.aws.stack.jobs["gold"]
    pipeline.aws.session.client("glue").delete_job(JobName=job)

    found = findings(pipeline, exit_code=1)

    assert found[f"job {job}"]["state"] == "failed"
    assert found["events"]["state"] == "skipped"

"""Profile `direct`: the real orders put straight into Firehose, bad records among them, and an outage."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline
from tests.pipeline import test_real_orders as real_orders
from tests.pipeline.test_bad_records import bad_records
from tests.shared_data import ONLINE_RETAIL, TOTALS, needs_real_orders

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(profile="direct") as running:
        yield running


@pytest.fixture(scope="module")
def replayed(pipeline: Pipeline) -> Pipeline:
    """After the shared file went through once."""
    pipeline.orderlake("replay", str(ONLINE_RETAIL), "--speed", "max")
    pipeline.audit("bronze", wait=300)
    pipeline.run_jobs()
    return pipeline


@pytest.fixture(scope="module")
def totals() -> Mapping[str, Any]:
    return {name.split("(")[0].split("[")[0]: value for name, value in json.loads(TOTALS.read_text()).items()}


@needs_real_orders
def test_the_shared_file_comes_out_right_and_both_ledgers_balance(
    replayed: Pipeline, totals: Mapping[str, Any]
) -> None:
    real_orders.test_the_sums_of_the_whole_file_are_exact(replayed, totals)
    real_orders.test_every_line_is_a_line_a_movement_or_in_quarantine(replayed, totals)
    real_orders.test_every_month_is_exact(replayed, totals)
    real_orders.test_the_best_products_are_the_control_totals(replayed, totals)
    real_orders.test_the_best_customers_are_the_control_totals(replayed, totals)
    facts = replayed.audit("gold")
    assert facts["producer → stream", "acknowledged"] == facts["stream → lake", "stream"]
    assert (
        facts["stream → lake", "bronze"] + facts["stream → lake", "quarantine"]
        == facts["stream → lake", "stream"]
    )


def test_there_is_no_stream_to_pay(pipeline: Pipeline) -> None:
    assert pipeline.aws.session.client("kinesis").list_streams()["StreamNames"] == []


def test_bad_records_are_in_quarantine_with_their_reason(pipeline: Pipeline) -> None:
    before = pipeline.audit("bronze")
    answer = pipeline.aws.session.client("firehose").put_record_batch(
        DeliveryStreamName=pipeline.aws.stack.stream_name,
        Records=[{"Data": data} for _, data in bad_records()],
    )
    assert answer["FailedPutCount"] == 0
    pipeline.orderlake("produce", "--records", "400", "--seed", "3", "--faults", "duplicates=5%,malformed=5%")
    after = wait_for_quarantine(pipeline, before["stream → lake", "quarantine"] + 200)
    assert after["producer → stream", "foreign"] == before["producer → stream", "foreign"] + 200
    reasons = pipeline.rows(
        "SELECT reason, count(*) AS records FROM quarantine_distinct "
        "WHERE event_id IS NULL OR event_id = '7d444840-9dc0-11d1-b245-5ffdce74fad2' GROUP BY reason"
    )
    found = {row["reason"]: row["records"] for row in reasons}
    assert found.keys() >= {reason for reason, _ in bad_records()}


def wait_for_quarantine(pipeline: Pipeline, least: int) -> Mapping[tuple[str, str], int]:
    """Nobody promised the bad ones, so no ledger waits for them."""
    for _ in range(30):
        facts = pipeline.audit("bronze")
        if facts["stream → lake", "quarantine"] >= least:
            return facts
    raise AssertionError(facts)


def test_a_deployment_without_a_stream_verifies_green(replayed: Pipeline) -> None:
    rows = json.loads(replayed.orderlake("verify", "--wait", "120", "--format", "json"))
    assert {row["state"] for row in rows} <= {"ok", "skipped"}, rows


def test_what_the_function_could_not_process_is_given_up_and_redriven(pipeline: Pipeline) -> None:
    """Runs last in this module: the function is broken for a while."""
    stack, client = pipeline.aws.stack, pipeline.aws.session.client
    function, handler = stack.ingest_function, "stream_processors.order_transform.handler.handler"
    set_retries(pipeline, 0)
    client("lambda").update_function_configuration(FunctionName=function, Handler="nowhere.handler")
    pipeline.orderlake("produce", "--records", "50", "--seed", "4")
    facts = pipeline.audit("bronze", wait=60)
    assert facts["stream → lake", "given up"] == 50
    client("lambda").update_function_configuration(FunctionName=function, Handler=handler)
    pipeline.orderlake("quarantine", "redrive", "--from", "on-failure", "--yes")
    after = pipeline.audit("bronze", wait=60)
    assert after["stream → lake", "bronze"] == facts["stream → lake", "bronze"] + 50
    pipeline.run_jobs()
    pipeline.audit("gold")


def set_retries(pipeline: Pipeline, retries: int) -> None:
    firehose: Any = pipeline.aws.session.client("firehose")
    name = pipeline.aws.stack.bronze_delivery_stream
    stream = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    destination = stream["Destinations"][0]
    processing = destination["ExtendedS3DestinationDescription"]["ProcessingConfiguration"]
    parameters = processing["Processors"][0]["Parameters"]
    kept = [one for one in parameters if one["ParameterName"] != "NumberOfRetries"]
    changed = [*kept, {"ParameterName": "NumberOfRetries", "ParameterValue": str(retries)}]
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=stream["VersionId"],
        DestinationId=destination["DestinationId"],
        ExtendedS3DestinationUpdate={
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [{"Type": "Lambda", "Parameters": changed}],
            }
        },
    )

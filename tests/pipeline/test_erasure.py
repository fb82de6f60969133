"""A customer is forgotten wherever they can be, and nobody else is."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from producer.aggregation import UserRecord, pack
from producer.record import Record
from producer.spool import Spool
from tests.deep_search import places_of
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ERASED: Final = "c-80407"
OTHER: Final = "c-80408"
CUSTOMER: Final = {"name": "Ada", "email": "ada@example.org", "address": "1 Mill Lane"}
KEPT: Final = "SELECT event_id, amount, event_date FROM silver_order_events ORDER BY event_id"
DAYS: Final = "SELECT * FROM gold_daily_sales ORDER BY sales_date, category, country, currency"


def order(number: int, customer_id: str | None, **payload: Any) -> bytes:
    line = {"line_number": 1, "sku": "85123A", "quantity": 2, "unit_price": "2.50"}
    whole = {
        "order_id": f"o-{number}",
        "customer_id": customer_id,
        "country": "United Kingdom",
        "currency": "GBP",
        "lines": [line],
    }
    document = {
        "event_id": f"7d444840-9dc0-11d1-b245-{number:012d}",
        "event_type": "order_placed",
        "schema_version": 2,
        "occurred_at": f"2026-11-{number % 20 + 1:02d}T08:00:00Z",
        "producer_id": "stranger",
        "sequence": number,
        "payload": {name: value for name, value in {**whole, **payload}.items() if value is not None},
    }
    return json.dumps(document).encode()


def sent() -> list[bytes]:
    """Orders of the two customers and of a guest with the first one's address, and refused records."""
    return [
        *(order(number, ERASED, customer=CUSTOMER) for number in range(1, 21)),
        *(order(number, OTHER, customer={"email": "bob@example.org"}) for number in range(21, 41)),
        order(41, None, customer={"email": CUSTOMER["email"]}),
        order(42, ERASED, currency="XQZ"),
        gzip.compress(order(43, ERASED)),
        order(44, ERASED, cancellation="x" * 600_000),
        order(45, OTHER, currency="XQZ"),
    ]


def send(pipeline: Pipeline) -> None:
    kinesis = pipeline.aws.session.client("kinesis")
    for number, data in enumerate(sent()):
        kinesis.put_record(StreamName=pipeline.aws.stack.stream_name, Data=data, PartitionKey=f"k-{number}")
    pipeline.audit("bronze")


def given_up(pipeline: Pipeline) -> bytes:
    """What Lambda would write of a batch with one event of each customer."""
    stack = pipeline.aws.stack
    parts = [UserRecord(ERASED, None, order(51, ERASED)), UserRecord(OTHER, None, order(52, OTHER))]
    record = {
        "kinesis": {
            "partitionKey": ERASED,
            "sequenceNumber": "9" * 56,
            "approximateArrivalTimestamp": 1_795_420_800.0,
            "data": base64.b64encode(pack(parts)).decode(),
        }
    }
    return json.dumps(
        {
            "requestContext": {"condition": "RetryAttemptsExhausted"},
            "timestamp": "2026-11-23T08:00:00.000Z",
            "KinesisBatchInfo": {"shardId": "shardId-000000000000", "streamArn": f"x/{stack.stream_name}"},
            "payload": json.dumps({"Records": [record]}),
        }
    ).encode()


def undelivered() -> bytes:
    """What Firehose would write of rows of bronze that it could not deliver."""
    place = {"shard_id": "shardId-000000000000", "sequence_number": "9" * 55, "sub_sequence_number": 0}
    rows = [
        json.dumps({**place, "payload": json.dumps({"order_id": "o-53", "customer_id": customer})})
        for customer in (ERASED, OTHER)
    ]
    return json.dumps({"rawData": base64.b64encode("".join(rows).encode()).decode()}).encode() + b"\n"


def erase(pipeline: Pipeline, *arguments: str) -> Any:
    answer = pipeline.orderlake("erase", "--customer", ERASED, "--format", "json", *arguments)
    return json.loads(answer)


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spool")
    with Spool(folder) as opened:
        for number, customer in ((61, ERASED), (62, OTHER)):
            opened.add(Record(number, f"o-{number}", order(number, customer), "order_placed"))
    return folder


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        send(running)
        s3 = running.aws.session.client("s3")
        stack = running.aws.stack
        s3.put_object(Bucket=stack.lake_bucket, Key=f"{stack.on_failure_prefix}x", Body=given_up(running))
        s3.put_object(
            Bucket=stack.lake_bucket, Key=f"{stack.delivery_failed_prefix}bronze/x", Body=undelivered()
        )
        running.run_jobs()
        running.orderlake("query", "SELECT * FROM gold_customer_value")
        yield running


@pytest.fixture(scope="module")
def before(pipeline: Pipeline) -> Mapping[str, Any]:
    pseudonym = json.loads(
        pipeline.row(f"SELECT payload FROM silver_order_events WHERE customer_id = '{ERASED}' LIMIT 1")[
            "payload"
        ]
    )["customer"]["email"]
    return {
        "pseudonym": pseudonym,
        "kept": pipeline.rows(KEPT),
        "days": pipeline.rows(DAYS),
        "places": places_of(pipeline.aws, ERASED),
        "dry": erase(pipeline, "--dry-run"),
        "places after the dry run": places_of(pipeline.aws, ERASED),
    }


@pytest.fixture(scope="module")
def receipt(pipeline: Pipeline, before: Mapping[str, Any], spool: Path) -> Any:
    return erase(pipeline, "--yes", "--spool", str(spool))


def test_a_dry_run_says_where_the_customer_is_and_changes_nothing(before: Mapping[str, Any]) -> None:
    assert {row["place"] for row in before["dry"]} == {
        "bronze",
        "quarantine",
        "quarantined bytes",
        "delivery failed",
        "given up",
        "query results",
        "silver_order_events",
        "silver_order_lines",
        "silver_orders",
        "gold_customer_value",
    }
    assert before["places after the dry run"] >= before["places"]


def test_number_and_pseudonym_are_in_no_object_and_no_version(
    pipeline: Pipeline, before: Mapping[str, Any], receipt: Any
) -> None:
    assert before["places"]
    assert receipt["left"] == []
    assert places_of(pipeline.aws, ERASED) == set()
    assert places_of(pipeline.aws, before["pseudonym"]) == set()


def test_sales_and_ledgers_stay_as_they_were(
    pipeline: Pipeline, before: Mapping[str, Any], receipt: Any
) -> None:
    assert pipeline.rows(DAYS) == before["days"]
    assert pipeline.rows(KEPT) == before["kept"]
    assert pipeline.row("SELECT count(*) AS n FROM silver_order_lines WHERE customer_id IS NULL")["n"] == 21


def test_nobody_else_is_touched(pipeline: Pipeline, receipt: Any, spool: Path) -> None:
    orders = pipeline.rows("SELECT customer_id, orders FROM gold_customer_value")
    assert orders == [{"customer_id": OTHER, "orders": 20}]
    held = places_of(pipeline.aws, OTHER)
    for prefix in ("bronze/", "quarantine/events/", "aws/lambda/x", "delivery-failed/bronze/x"):
        assert any(f"/{prefix}" in key for key in held), prefix
    with Spool(spool) as opened:
        records = opened.load(0, 1_000_000)
    assert [record.sequence for record in records] == [61, 62]
    assert json.loads(records[0].data)["payload"]["customer_id"] is None
    assert records[1].data == order(62, OTHER)
    assert not any(ERASED.encode() in file.read_bytes() for file in spool.iterdir())


def test_the_receipt_is_kept_and_names_nobody(pipeline: Pipeline, receipt: Any) -> None:
    stack = pipeline.aws.stack
    kept = pipeline.aws.session.client("s3").get_object(
        Bucket=stack.lake_bucket, Key=f"{stack.audit_prefix}erasures/{receipt['receipt']}.json"
    )
    assert json.loads(kept["Body"].read()) == receipt
    assert ERASED not in json.dumps(receipt)
    assert {"bronze", "silver_order_events", "gold_customer_value", "spool"} <= {
        found["place"] for found in receipt["found"]
    }


def test_a_second_erasure_has_nothing_to_do_and_says_so(pipeline: Pipeline, receipt: Any) -> None:
    assert erase(pipeline, "--yes") == [{"receipt": None, "outcome": "nothing to do"}]


def test_refused_records_of_the_erased_are_not_sent_again(pipeline: Pipeline, receipt: Any) -> None:
    (record,) = [row for row in sent() if b"XQZ" in row and ERASED.encode() in row]
    pipeline.aws.session.client("kinesis").put_record(
        StreamName=pipeline.aws.stack.stream_name, Data=record, PartitionKey="again"
    )
    pipeline.audit("bronze")

    planned = json.loads(
        pipeline.orderlake(
            "quarantine", "redrive", "--fix", '.payload.currency = "GBP"', "--dry-run", "--format", "json"
        )
    )

    outcomes = [row["outcome"] for row in planned]
    assert sum("erased" in outcome for outcome in outcomes) == 1
    assert outcomes.count("would be sent") == 1


def test_who_is_sent_again_does_not_come_back(
    pipeline: Pipeline, before: Mapping[str, Any], receipt: Any
) -> None:
    """Runs last in this module: it sends everything again."""
    send(pipeline)
    pipeline.run_jobs()
    pipeline.orderlake("backfill")

    assert pipeline.rows(DAYS) == before["days"]
    assert pipeline.rows("SELECT customer_id FROM gold_customer_value") == [{"customer_id": OTHER}]
    tables = {key for key in places_of(pipeline.aws, ERASED) if "/quarantine/" not in key}
    assert tables == set()
    assert pipeline.audit("gold")["bronze → silver", "duplicates"] == 41

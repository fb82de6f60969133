"""Personal values that were sent are nowhere but in quarantine: every object, log and metric is searched."""

import binascii
import gzip
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from producer.aggregation import UserRecord, pack
from tests.deep_search import layers, objects
from tests.embedded_pipeline import Pipeline, running_pipeline

NAME: Final = "Zenobia Quillfeather"
EMAIL: Final = "zenobia.quillfeather@example.org"
ADDRESS: Final = "17 Marmalade Wharf, Little Snoring"
PERSONAL: Final = (NAME, EMAIL, ADDRESS, "Quillfeather", "Marmalade")
CUSTOMER: Final = {"name": NAME, "email": EMAIL, "address": ADDRESS}
GOOD: Final = 40


def order(number: int, **payload: Any) -> bytes:
    line = {"line_number": 1, "sku": "85123A", "quantity": 2, "unit_price": "2.50"}
    whole = {
        "order_id": f"o-{number}",
        "customer_id": "c-1",
        "country": "United Kingdom",
        "currency": "GBP",
        "lines": [line],
        "customer": CUSTOMER,
    }
    document = {
        "event_id": f"7d444840-9dc0-11d1-b245-{number:012d}",
        "event_type": "order_placed",
        "schema_version": 2,
        "occurred_at": f"2026-11-{number % 20 + 1:02d}T08:00:00Z",
        "producer_id": "stranger",
        "sequence": number,
        "payload": {name: value for name, value in {**whole, **payload}.items() if value is not ...},
    }
    return json.dumps(document).encode()


def bad_records() -> list[bytes]:
    """Personal values where they do not belong, in records that are refused in many ways."""
    aggregate = pack([UserRecord(EMAIL, None, order(900)), UserRecord(NAME, None, b"[]")])
    return [
        order(901, customer=EMAIL),
        order(902, customer={**CUSTOMER, EMAIL: NAME}),
        order(903, currency=EMAIL),
        order(904, lines=[{"sku": NAME, "unit_price": EMAIL, "quantity": ADDRESS}]),
        order(905, currency="XQZ"),
        order(906)[:-30],
        gzip.compress(order(907)),
        EMAIL.encode(),
        b"\xff" + NAME.encode(),
        order(908).replace(b'"schema_version": 2', b'"schema_version": 99'),
        order(909).replace(b"order_placed", EMAIL.encode()),
        aggregate[:-1] + bytes([aggregate[-1] ^ 1]),
        order(910, cancellation=ADDRESS * 20_000),
    ]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline whose jobs have built every table from orders that name a customer."""
    with running_pipeline() as running:
        kinesis = running.aws.session.client("kinesis")
        plain = [order(number) for number in range(1, GOOD)]
        records = [*plain, pack([UserRecord(EMAIL, None, order(GOOD))]), *bad_records()]
        for number, data in enumerate(records):
            kinesis.put_record(
                StreamName=running.aws.stack.stream_name, Data=data, PartitionKey=f"{EMAIL} {number}"
            )
        running.audit("bronze")
        running.run_jobs()
        yield running


def test_personal_values_are_in_no_object_outside_of_quarantine(pipeline: Pipeline) -> None:
    found = {key for key, data in objects(pipeline.aws) if names_somebody(data)}

    assert found
    lake = pipeline.aws.stack.lake_bucket
    elsewhere = {key for key in found if not key.startswith(f"{lake}/quarantine/")}
    assert elsewhere == set()
    assert any(key.startswith(f"{lake}/quarantine/raw/") for key in found)


def test_pseudonyms_are_in_bronze_and_silver(pipeline: Pipeline) -> None:
    for table in ("bronze_order_events", "silver_order_events"):
        rows = pipeline.rows(f"SELECT payload FROM {table}")
        customers = [json.loads(row["payload"])["customer"] for row in rows]
        assert len(customers) == GOOD
        assert len({json.dumps(customer, sort_keys=True) for customer in customers}) == 1
        assert set(customers[0]) == {"name", "email", "address", "key_id"}


def test_personal_values_are_in_no_log_and_no_metric(pipeline: Pipeline) -> None:
    logged = list(log_messages(pipeline))
    metrics = pipeline.aws.session.client("cloudwatch").get_paginator("list_metrics").paginate()

    assert any("batch delivered" in message for message in logged)
    assert not any(names_somebody(message.encode()) for message in logged)
    assert not names_somebody(json.dumps(list(metrics), default=str).encode())


def test_the_search_finds_what_is_hidden_in_each_format() -> None:
    row = json.dumps({"raw_base64": binascii.b2a_base64(order(1), newline=False).decode()}).encode()
    assert names_somebody(gzip.compress(row))
    assert names_somebody(EMAIL.upper().encode())
    assert not names_somebody(gzip.compress(json.dumps({"raw_base64": "bm9ib2R5IGlzIGhlcmU="}).encode()))


def log_messages(pipeline: Pipeline) -> Iterator[str]:
    logs = pipeline.aws.session.client("logs")
    for groups in logs.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield from (event["message"] for event in page["events"])


def names_somebody(data: bytes) -> bool:
    """Whether a personal value is in the bytes, in any of the ways in which they can be read."""
    wanted = [value.casefold().encode() for value in PERSONAL]
    return any(value in layer.lower() for layer in layers(data) for value in wanted)

"""A record that makes the handler raise: set aside alone, its neighbours delivered, then sent again."""

import json
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from infra.packaging import build_order_ingest, local_python
from infra.packaging.archive import zip_bytes
from producer.contract import CURRENT_SCHEMA_VERSION, OrderShipped, encode
from producer.contract_payloads import OrderShippedPayload
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COUNT = 400
POISON = 137
SET_SECONDS = 30.0
HANDLER = "stream_processors.order_ingest.handler.handler"
WRAPPED = b"""
import base64

from stream_processors.order_ingest.handler import handler as product


def handler(event, context):
    for record in event["Records"]:
        if b"o-poison" in base64.b64decode(record["kinesis"]["data"]):
            raise RuntimeError("a bug that no test found")
    return product(event, context)
"""


def event(n: int) -> bytes:
    order_id = "o-poison" if n == POISON else f"o-{n}"
    return encode(
        OrderShipped(
            event_id=UUID(int=n),
            schema_version=CURRENT_SCHEMA_VERSION,
            occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
            producer_id="shop",
            sequence=n,
            payload=OrderShippedPayload(order_id=order_id),
        )
    )


def product_zip() -> Path:
    return build_order_ingest(local_python().target).path


def deploy(pipeline: Pipeline, archive: bytes, handler: str) -> None:
    functions = pipeline.aws.session.client("lambda")
    name = pipeline.aws.stack.ingest_function
    functions.update_function_configuration(FunctionName=name, Handler=handler)
    functions.update_function_code(FunctionName=name, ZipFile=archive)


def bronze_count(pipeline: Pipeline) -> int:
    return int(pipeline.row("SELECT count(DISTINCT event_id) AS n FROM bronze_order_events")["n"])


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline whose function raises on one record; Lambda tries that three times."""
    with zipfile.ZipFile(product_zip()) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with running_pipeline() as running:
        deploy(running, zip_bytes({**entries, "wrapped.py": WRAPPED}), "wrapped.handler")
        functions = running.aws.session.client("lambda")
        (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
        assert mapping["BisectBatchOnFunctionError"]
        assert mapping["MaximumRetryAttempts"] > 0
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=2)
        yield running


def test_its_neighbours_are_delivered_within_the_set_time(pipeline: Pipeline) -> None:
    kinesis = pipeline.aws.session.client("kinesis")
    began = time.monotonic()
    answer = kinesis.put_records(
        StreamName=pipeline.aws.stack.stream_name,
        # One partition key: one shard, so that everything stands behind the bad record.
        Records=[{"Data": event(n), "PartitionKey": "shop"} for n in range(1, COUNT + 1)],
    )
    assert answer["FailedRecordCount"] == 0

    while bronze_count(pipeline) < COUNT - 1:
        assert time.monotonic() - began < SET_SECONDS
        time.sleep(0.5)


def test_it_is_alone_in_the_on_failure_store_and_the_ledgers_balance(pipeline: Pipeline) -> None:
    facts = pipeline.audit("bronze")

    assert facts["stream → lake", "given up"] == 1
    assert facts["stream → lake", "bronze"] == COUNT - 1
    s3 = pipeline.aws.session.client("s3")
    stack = pipeline.aws.stack
    (entry,) = s3.list_objects_v2(Bucket=stack.lake_bucket, Prefix=stack.on_failure_prefix)["Contents"]
    record = json.loads(s3.get_object(Bucket=stack.lake_bucket, Key=entry["Key"])["Body"].read())
    assert record["KinesisBatchInfo"]["batchSize"] == 1
    assert len(json.loads(record["payload"])["Records"]) == 1


def test_once_the_function_is_mended_it_is_sent_again_once(pipeline: Pipeline) -> None:
    deploy(pipeline, product_zip().read_bytes(), HANDLER)
    command = ("quarantine", "redrive", "--from", "on-failure", "--yes", "--format", "json")

    (first,) = json.loads(pipeline.orderlake(*command))
    (again,) = json.loads(pipeline.orderlake(*command))
    facts = pipeline.audit("bronze")

    assert (first["sent"], again["sent"]) == (1, 0)
    assert bronze_count(pipeline) == COUNT
    assert facts["stream → lake", "given up"] == 1  # where it lay: what was sent again is another record
    assert facts["producer → stream", "missing"] == 0

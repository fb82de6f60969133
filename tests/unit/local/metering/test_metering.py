"""Quantities are rounded as AWS bills them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from infra.local.engine import ObjectInfo
from infra.local.metering.meter import GIBIBYTE, Meter
from infra.local.metering.requests import MeteredObjects, RequestCounter

KB = 1024


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (25 * KB, 1), (25 * KB + 1, 2), (100 * KB, 4)])
def test_a_put_unit_is_25_kb_begun(size: int, units: int) -> None:
    meter = Meter()

    meter.wrote_stream_records([size])

    assert meter.usage() == {"kinesis.put_units": units}


def test_firehose_rounds_each_record_up_to_5_kb() -> None:
    meter = Meter()

    meter.took_firehose_records([1, 3 * KB, 12 * KB])
    meter.converted_firehose_records([12 * KB])

    assert meter.usage() == {
        "firehose.ingested_gb": 25 * KB / GIBIBYTE,
        "firehose.converted_gb": 15 * KB / GIBIBYTE,
    }


def test_lambda_counts_begun_milliseconds_times_memory() -> None:
    meter = Meter()

    meter.invoked(1.2, 512)

    assert meter.usage() == {"lambda.requests": 1, "lambda.gb_seconds": Decimal("0.001")}


def test_a_job_is_billed_for_a_minute_at_least() -> None:
    meter = Meter()

    meter.ran_job(5.0, Decimal("0.0625"))
    meter.ran_job(89.2, Decimal(1))

    assert meter.usage()["glue.dpu_hours"] == Decimal("0.0625") * 60 / 3600 + Decimal(90) / 3600
    assert meter.usage()["glue.run_dpu"] == Decimal("1.0625")


def test_a_query_scans_ten_megabytes_at_least() -> None:
    meter = Meter()

    meter.scanned(0)
    meter.scanned(10 * KB * KB + 1)

    assert meter.usage()["athena.scanned_tb"] * 1024**2 == 21


def test_a_log_event_has_26_bytes_more_than_its_text() -> None:
    meter = Meter()

    meter.logged(["é", "ab"])

    assert meter.usage()["logs.ingested_gb"] * GIBIBYTE == 2 + 2 + 52


def request(service: str, method: str, path: str, query: str = "", target: str = "") -> dict[str, Any]:
    credential = f"AWS4-HMAC-SHA256 Credential=key/20261123/us-east-1/{service}/aws4_request, Signature=x"
    return {
        "HTTP_AUTHORIZATION": credential,
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_X_AMZ_TARGET": target,
    }


@pytest.mark.parametrize(
    ("method", "path", "query", "counted"),
    [
        ("PUT", "/lake/key", "", {"s3.put_requests": 1}),
        ("POST", "/lake/key", "uploads", {"s3.put_requests": 1}),
        ("GET", "/lake", "list-type=2&prefix=a", {"s3.put_requests": 1}),
        ("GET", "/lake/a/key", "", {"s3.get_requests": 1}),
        ("HEAD", "/lake/key", "", {"s3.get_requests": 1}),
        ("DELETE", "/lake/key", "", {}),
        ("POST", "/lake", "delete", {}),
    ],
)
def test_s3_requests_fall_into_two_classes(
    method: str, path: str, query: str, counted: dict[str, int]
) -> None:
    meter = Meter()

    RequestCounter(meter)(request("s3", method, path, query), "200 OK")

    assert meter.usage() == counted


def test_only_the_catalogue_of_glue_bills_requests() -> None:
    meter = Meter()
    count = RequestCounter(meter)

    count(request("glue", "POST", "/", target="AWSGlue.GetTable"), "200 OK")
    count(request("glue", "POST", "/", target="AWSGlue.StartJobRun"), "200 OK")
    count(request("ssm", "POST", "/", target="AmazonSSM.GetParameter"), "200 OK")

    assert meter.usage() == {"glue.catalog_requests": 1}


def test_a_failure_of_the_service_is_not_billed() -> None:
    meter = Meter()

    RequestCounter(meter)(request("s3", "PUT", "/lake/key"), "503 Slow Down")

    assert meter.usage() == {}


class NoObjects:
    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        return

    def get(self, bucket: str, key: str) -> bytes:
        return b""

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        return []


def test_what_services_do_with_objects_is_billed_too() -> None:
    meter = Meter()
    objects = MeteredObjects(NoObjects(), meter)

    objects.put("lake", "key", b"")
    objects.get("lake", "key")
    objects.list("lake")

    assert meter.usage() == {"s3.put_requests": 2, "s3.get_requests": 1}

"""What people named and filled themselves: an erasure takes it away, or says that it could not."""

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import boto3
import pytest

from glue.erasure import key_parameter
from infra.stack import PARAMETER
from orderlake.aws import Aws
from orderlake.erasure.erase import Erasure
from orderlake.erasure.receipts import Receipt
from tests.deep_search import places_of
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import LakeHarness
from tests.integration.lake.test_erasure_interrupted import RESULTS, stack_of
from tests.integration.local.aws_harness import REGION

ENVIRONMENT: Final = "dropped"
PERSON, OTHER = "15311", "17850"
ROWS: Final = f"InvoiceNo,CustomerID\n536365,{OTHER}\n".encode()
THEIRS: Final = ROWS + f"536366,{PERSON}.0\n".encode()
BOMB: Final = gzip.compress(b"0" * 20 * 1024 * 1024, compresslevel=1)


class Shop:
    """A lake that nothing but files was dropped in."""

    def __init__(self, lake: LakeHarness) -> None:
        self._lake = lake
        self.bucket = lake.settings.lake_bucket
        self.s3: Any = lake.s3
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.s3.create_bucket(Bucket=RESULTS)
        lake.aws.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
        stack = stack_of(lake).model_copy(
            update={"profile": "stream", "stream_name": "orders", "landing_prefix": "landing/"}
        )
        ssm = lake.aws.client("ssm")
        name = PARAMETER.format(environment=ENVIRONMENT)
        ssm.put_parameter(Name=name, Value=stack.model_dump_json(), Type="String")
        ssm.put_parameter(Name=key_parameter(ENVIRONMENT), Value="secret", Type="SecureString")
        self.aws = Aws(boto3.Session(region_name=REGION), lake.aws.endpoint_url, ENVIRONMENT)

    def put(self, objects: Mapping[str, bytes]) -> None:
        for key, body in objects.items():
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def keys(self, prefix: str) -> set[str]:
        """Every key that has a version."""
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=prefix)
        return {version["Key"] for version in listed.get("Versions", [])}

    def erase(self) -> Receipt:
        erasure = Erasure(self.aws, PERSON, lambda _: None, None, lambda _: None)
        return erasure.erase(erasure.search())


@pytest.fixture(scope="module")
def shop(make_lake: MakeLake) -> Shop:
    return Shop(make_lake(environment=ENVIRONMENT))


def by_place(receipt: Receipt, part: str) -> dict[str, tuple[int, int, list[str]]]:
    return {row.place: (row.objects, row.old_versions, row.unsearched) for row in getattr(receipt, part)}


def spreadsheet() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("sheet.xml", f"<v>{OTHER}</v>")
    return body.getvalue()


def refused(raw: bytes) -> bytes:
    row = {"quarantine_id": "q", "raw_base64": base64.b64encode(raw).decode(), "raw_pointer": None}
    return json.dumps(row).encode() + b"\n"


def test_dropped_files_go_and_what_is_left_is_said(shop: Shop) -> None:
    shop.put({"landing/done/again.csv": THEIRS})  # an old version soon
    shop.put(
        {
            "landing/done/again.csv": ROWS,
            "landing/done/orders.csv.gz": gzip.compress(ROWS * 200_000 + THEIRS),
            "landing/done/orders.csv.gz.report.json": b'{"outcome": "done", "lines": 400001}',
            f"landing/done/{PERSON}.csv": ROWS,
            f"landing/done/{PERSON}.csv.report.json": b"{}",
            "landing/done/others.csv": ROWS,
            "landing/done/others.csv.report.json": f'{{"size": {PERSON}}}'.encode(),
            "landing/failed/broken.csv": THEIRS[:-3],
            "landing/failed/orders.xlsx": spreadsheet(),
            "landing/waiting.csv": THEIRS,
            "quarantine/events/x": refused(BOMB) + refused(THEIRS),
        }
    )
    upload = shop.s3.create_multipart_upload(Bucket=shop.bucket, Key=f"landing/{PERSON}-new.csv")["UploadId"]

    receipt = shop.erase()

    left = {
        "quarantine": (0, 0, ["quarantine/events/x"]),
        "landing, failed": (0, 0, ["landing/failed/orders.xlsx"]),
        "landing, waiting": (1, 0, []),
        "landing, being uploaded": (0, 0, [f"upload {upload}"]),
    }
    assert by_place(receipt, "left") == left
    assert by_place(receipt, "found") == {
        **left,
        "quarantine": (1, 0, ["quarantine/events/x"]),
        "landing, failed": (1, 0, ["landing/failed/orders.xlsx"]),
        "landing, done": (3, 1, []),
    }
    assert places_of(shop.aws, PERSON) - {f"{shop.bucket}/landing/done/others.csv.report.json"} == {
        f"{shop.bucket}/landing/waiting.csv"
    }
    assert shop.keys("landing/done/") == {
        "landing/done/again.csv",
        "landing/done/others.csv",
        "landing/done/others.csv.report.json",
        "landing/done/orders.csv.gz.report.json",
    }
    marks = shop.s3.list_object_versions(Bucket=shop.bucket)["DeleteMarkers"]
    assert marks
    assert not any(PERSON in mark["Key"] for mark in marks)
    assert PERSON not in json.dumps(receipt.document())

    shop.put({"landing/done/waiting.csv": THEIRS})  # as the function moves it
    for key in ("landing/waiting.csv", "landing/failed/orders.xlsx", "quarantine/events/x"):
        for version in shop.s3.list_object_versions(Bucket=shop.bucket, Prefix=key)["Versions"]:
            shop.s3.delete_object(Bucket=shop.bucket, Key=key, VersionId=version["VersionId"])
    shop.s3.abort_multipart_upload(Bucket=shop.bucket, Key=f"landing/{PERSON}-new.csv", UploadId=upload)

    assert by_place(shop.erase(), "left") == {}
    assert "landing/done/waiting.csv" not in shop.keys("landing/")


def test_a_receipt_names_every_place_that_was_searched_and_what_cannot_be(shop: Shop) -> None:
    receipt = shop.erase()
    stack = shop.aws.stack
    assert {
        "bronze",
        "quarantine",
        "quarantined bytes",
        "delivery failed",
        "given up",
        "landing, done",
        "landing, failed",
        "landing, waiting",
        "landing, being uploaded",
        "query results",
        "silver_orders",
        "gold_customer_value",
    } < set(receipt.searched)
    assert receipt.out_of_reach[0] == f"records of the stream {stack.stream_name}: 24 hours"
    assert receipt.document()["searched"] == receipt.searched

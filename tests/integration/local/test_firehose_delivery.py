"""Delivery streams as boto3 sees them, with a Glue table's schema and S3 behind them."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow.parquet
import pytest

from infra.local.server import EmbeddedAws

ROLE = "arn:aws:iam::123456789012:role/firehose"


class Scene:
    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.firehose = self.client("firehose")
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket="lake")

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.aws.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def create(self, name: str, **destination: Any) -> None:
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": ROLE,
                "BucketARN": "arn:aws:s3:::lake",
                **destination,
            },
        )

    def delivered(self, prefix: str) -> dict[str, bytes]:
        """The objects under a prefix, once there are any."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = self.s3.list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", [])
            if found:
                keys = [one["Key"] for one in found]
                return {key: self.s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in keys}
            time.sleep(0.05)
        raise AssertionError(f"nothing was delivered under {prefix}")


@pytest.fixture
def scene() -> Iterator[Scene]:
    with EmbeddedAws() as aws:
        yield Scene(aws)


def test_documents_become_parquet_by_the_glue_tables_schema(scene: Scene) -> None:
    glue = scene.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    columns = [{"Name": "event_id", "Type": "string"}, {"Name": "sequence", "Type": "bigint"}]
    glue.create_table(
        DatabaseName="shop",
        TableInput={
            "Name": "events",
            "StorageDescriptor": {"Columns": columns},
            "PartitionKeys": [{"Name": "hour", "Type": "string"}],
        },
    )
    scene.create(
        "bronze",
        Prefix="bronze/hour=!{timestamp:yyyy-MM-dd-HH}/",
        ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
        BufferingHints={"IntervalInSeconds": 0, "SizeInMBs": 64},
        DataFormatConversionConfiguration={
            "Enabled": True,
            "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "shop", "TableName": "events"},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}},
        },
    )
    answer = scene.firehose.put_record_batch(
        DeliveryStreamName="bronze",
        Records=[{"Data": b'{"event_id":"a","sequence":1}{"event_id":"b","sequence":2}'}, {"Data": b"[]"}],
    )
    assert answer["FailedPutCount"] == 0
    ((key, body),) = scene.delivered("bronze/").items()
    assert key.endswith(".parquet")
    assert pyarrow.parquet.read_table(io.BytesIO(body)).column("sequence").to_pylist() == [1, 2]
    ((_, failures),) = scene.delivered("failed/format-conversion-failed/").items()
    assert json.loads(failures)["rawData"] == "W10="


def test_what_is_buffered_is_delivered_when_the_server_stops() -> None:
    with EmbeddedAws() as aws:
        scene = Scene(aws)
        scene.create("quarantine", BufferingHints={"IntervalInSeconds": 900, "SizeInMBs": 128})
        scene.firehose.put_record(DeliveryStreamName="quarantine", Record={"Data": b"one\n"})
        aws.engines["firehose"].drain()
        assert list(scene.delivered("").values()) == [b"one\n"]


def test_an_oversized_request_is_refused_in_awss_words(scene: Scene) -> None:
    scene.create("quarantine")
    with pytest.raises(scene.firehose.exceptions.InvalidArgumentException, match="4 MB"):
        scene.firehose.put_record_batch(
            DeliveryStreamName="quarantine", Records=[{"Data": b"x" * 1_000_000}] * 5
        )

"""What writing the tables costs in requests."""

import boto3
import pytest

from glue.object_io import FrugalFileIO
from infra.local.server import EmbeddedAws


def test_a_small_object_is_written_with_one_paid_request() -> None:
    with EmbeddedAws() as aws:
        properties = {
            "s3.endpoint": aws.endpoint_url,
            "s3.region": "us-east-1",
            "s3.access-key-id": "any",
            "s3.secret-access-key": "any",
        }
        bucket = "lake"
        boto3.Session("any", "any", region_name="us-east-1").client(
            "s3", endpoint_url=aws.endpoint_url
        ).create_bucket(Bucket=bucket)
        before = aws.meter.usage()["s3.put_requests"]

        with FrugalFileIO(properties).new_output(f"s3://{bucket}/silver/metadata.json").create() as file:
            file.write(b"{}")

        assert aws.objects.get(bucket, "silver/metadata.json") == b"{}"
        assert aws.meter.usage()["s3.put_requests"] - before == 1


def test_a_small_object_is_fetched_once_by_a_process() -> None:
    with EmbeddedAws() as aws:
        properties = {
            "s3.endpoint": aws.endpoint_url,
            "s3.region": "us-east-1",
            "s3.access-key-id": "any",
            "s3.secret-access-key": "any",
        }
        boto3.Session("any", "any", region_name="us-east-1").client(
            "s3", endpoint_url=aws.endpoint_url
        ).create_bucket(Bucket="lake")
        aws.objects.put("lake", "silver/data.parquet", b"rows")
        aws.objects.put("lake", "silver/large.parquet", b"x" * 2_000_000)

        def read(key: str) -> bytes:
            with FrugalFileIO(properties).new_input(f"s3://lake/silver/{key}").open() as file:
                return file.read()

        assert read("data.parquet") == read("data.parquet") == b"rows"
        assert aws.meter.usage()["s3.get_requests"] == 1
        assert read("large.parquet") == read("large.parquet") == b"x" * 2_000_000
        large = 2 * 3  # is it large; HEAD and GET of Arrow's
        assert aws.meter.usage()["s3.get_requests"] == 1 + large
        with pytest.raises(FileNotFoundError):
            read("nowhere.avro")

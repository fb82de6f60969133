"""What a delivery stream's configuration means."""

import pytest

from infra.local.firehose.destination import read_destination

BUCKET = {"BucketARN": "arn:aws:s3:::lake", "CompressionFormat": "GZIP"}


@pytest.mark.parametrize(
    ("given", "extension"),
    [({}, ".gz"), ({"FileExtension": ""}, ".gz"), ({"FileExtension": ".json"}, ".json")],
)
def test_an_empty_file_extension_is_none(given: dict[str, str], extension: str) -> None:
    assert read_destination({**BUCKET, **given}, "us-east-1").extension == extension

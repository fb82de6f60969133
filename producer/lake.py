"""The lake's bucket as a place for manifests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from producer.errors import ManifestUnreadable, ManifestUnwritable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Manifests:
    """Writes and reads manifests in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> None:
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        except (ClientError, BotoCoreError) as error:
            raise ManifestUnwritable(
                f"s3://{self._bucket}/{key}",
                f"the lake did not take the run's manifest ({error}); nothing more is sent",
            ) from error

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        try:
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"]
        except (ClientError, BotoCoreError) as error:
            raise ManifestUnreadable(
                f"s3://{self._bucket}/{prefix}", f"cannot be listed ({error})"
            ) from error

    def get(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise ManifestUnreadable(f"s3://{self._bucket}/{key}", f"cannot be read ({error})") from error

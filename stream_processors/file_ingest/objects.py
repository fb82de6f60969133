"""The landed object in S3: read in ranges, hashed on the way, moved at the end."""

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from stream_processors.errors import LandedObjectGoneError
from stream_processors.file_ingest.landed import REPORT_SUFFIX, Landed, LandingZone, Outcome

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES: Final = 8 * 1024 * 1024
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
# What one CopyObject takes (S3 API Reference, CopyObject); larger objects are copied in parts.
_ONE_COPY: Final = TransferConfig(multipart_threshold=5 * 1024**3, use_threads=False)


class ObjectInfo(NamedTuple):
    """`metadata` is what the uploader said of the object (`x-amz-meta-…`)."""

    size: int
    metadata: Mapping[str, str]


class ObjectBytes(io.RawIOBase):
    """The bytes of one object, a part in memory at a time; a slow reader holds no connection open."""

    def __init__(self, s3: "S3Client", landed: Landed, size: int, part_bytes: int = PART_BYTES) -> None:
        self._s3 = s3
        self._landed = landed
        self._size = size
        self._part_bytes = part_bytes
        self._fetched = 0
        self._part = memoryview(b"")
        self._digest = sha256()

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._fetched - len(self._part)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._part and self._fetched < self._size:
            self._fetch()
        count = min(len(buffer), len(self._part))
        buffer[:count] = self._part[:count]
        self._part = self._part[count:]
        return count

    def sha256(self) -> str:
        """Of the whole object, in hexadecimal; what was not read is fetched for it."""
        while self._fetched < self._size:
            self._fetch()
        return self._digest.hexdigest()

    def _fetch(self) -> None:
        last = min(self._fetched + self._part_bytes, self._size) - 1
        answer = self._s3.get_object(**self._landed.arguments(), Range=f"bytes={self._fetched}-{last}")
        part = answer["Body"].read()
        self._digest.update(part)
        self._fetched += len(part)
        self._part = memoryview(part)


class LandedObjects:
    """What is done with landed objects beside reading them."""

    def __init__(self, s3: "S3Client", zone: LandingZone) -> None:
        self.s3 = s3
        self._zone = zone

    def describe(self, landed: Landed) -> ObjectInfo:
        """Size and metadata.

        Raises:
            LandedObjectGoneError: it was moved already, or deleted.
        """
        try:
            found = self.s3.head_object(**landed.arguments())
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise LandedObjectGoneError(landed.producer_id) from error
            raise
        return ObjectInfo(found["ContentLength"], found["Metadata"])

    def move(self, landed: Landed, outcome: Outcome, report: bytes) -> None:
        """Put the report and the object where they belong, then delete this version; safe to repeat."""
        bucket, key = landed.bucket, self._zone.place(landed.key, outcome)
        self.s3.put_object(
            Bucket=bucket, Key=key + REPORT_SUFFIX, Body=report, ContentType="application/json"
        )
        # Its tags are its owner's, and need rights of their own.
        self.s3.copy(
            {"Bucket": bucket, "Key": landed.key, "VersionId": landed.version_id},
            bucket,
            key,
            ExtraArgs={"TaggingDirective": "REPLACE"},
            Config=_ONE_COPY,
        )
        self.s3.delete_object(**landed.arguments())

"""Objects and all their versions, read and written anew where somebody is in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_UNVERSIONED = "null"


class Version(NamedTuple):
    """One version of an object; `etag` without quotes."""

    key: str
    version_id: str
    is_latest: bool
    etag: str
    modified: datetime


class Rewritten(NamedTuple):
    """An object that has another content now under its old key."""

    key: str
    etag_before: str
    etag: str
    size: int


@dataclass(frozen=True)
class Place:
    """Where to look: `mend` gives an object's bytes as they should be, None where it should not be at all.

    What it gives back unchanged stays as it is. Keys that end with `but_not` are not looked at.
    """

    name: str
    bucket: str
    prefix: str
    mend: Callable[[bytes], bytes | None]
    but_not: str | None = None


@dataclass
class Found:
    """What was found in a place: objects, and older versions that nobody sees any more."""

    place: str
    objects: int = 0
    old_versions: int = 0

    def count(self, version: Version) -> None:
        """Take note of one more."""
        if version.is_latest:
            self.objects += 1
        else:
            self.old_versions += 1


def versions(s3: "S3Client", bucket: str, prefix: str) -> Iterator[Version]:
    """Every version of every object, without marks of deletion."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Versions", []):
            yield Version(
                entry["Key"],
                entry["VersionId"],
                entry["IsLatest"],
                entry["ETag"].strip('"'),
                entry["LastModified"],
            )


def read(s3: "S3Client", bucket: str, version: Version) -> bytes:
    """The bytes of one version."""
    if version.version_id == _UNVERSIONED:
        return s3.get_object(Bucket=bucket, Key=version.key)["Body"].read()
    return s3.get_object(Bucket=bucket, Key=version.key, VersionId=version.version_id)["Body"].read()


def delete(s3: "S3Client", bucket: str, version: Version) -> None:
    """Delete a version for good."""
    if version.version_id == _UNVERSIONED:
        s3.delete_object(Bucket=bucket, Key=version.key)
    else:
        s3.delete_object(Bucket=bucket, Key=version.key, VersionId=version.version_id)


def search(s3: "S3Client", place: Place) -> Iterator[tuple[Version, bytes | None]]:
    """Every version in which there is something to mend, and what it should be."""
    for version in list(versions(s3, place.bucket, place.prefix)):
        if place.but_not is not None and version.key.endswith(place.but_not):
            continue
        body = read(s3, place.bucket, version)
        mended = place.mend(body)
        if mended is not body:
            yield version, mended


def rewrite(s3: "S3Client", place: Place, version: Version, mended: bytes | None) -> Rewritten | None:
    """Put the mended object in a version's place, where that is the latest, and delete the version."""
    rewritten = None
    if version.is_latest and mended is not None:
        etag = s3.put_object(Bucket=place.bucket, Key=version.key, Body=mended)["ETag"].strip('"')
        rewritten = Rewritten(version.key, version.etag, etag, len(mended))
    elif version.is_latest:
        # So that no older version comes to light.
        s3.delete_object(Bucket=place.bucket, Key=version.key)
    if version.version_id != _UNVERSIONED:
        delete(s3, place.bucket, version)
    return rewritten

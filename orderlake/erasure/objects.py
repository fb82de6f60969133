"""Objects and all their versions, read and written anew where somebody is in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from orderlake.erasure.person import Person

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

    @property
    def name(self) -> str:
        """What names it to a person."""
        return self.key if self.is_latest else f"{self.key}?versionId={self.version_id}"


class Rewritten(NamedTuple):
    """An object that has another content now under its old key."""

    key: str
    etag_before: str
    etag: str
    size: int


@dataclass(frozen=True)
class Place:
    """Where to look: `mend` gives an object's bytes as they should be, None where it should not be at all.

    What it gives back unchanged stays as it is. `takes` says which keys belong here; of those that end with
    `unread` the bytes are not looked at. `names_are_free` where people named the objects, who may have named
    somebody. `is_kept` where nothing may be changed.
    """

    name: str
    bucket: str
    prefix: str
    mend: Callable[[bytes, Person], bytes | None]
    takes: Callable[[str], bool] = lambda _: True
    unread: str | None = None
    names_are_free: bool = False
    is_kept: bool = False


@dataclass
class Found:
    """What was found in a place: objects, and older versions that nobody sees any more.

    `unsearched` names what could not be searched to its end, and may name anybody.
    """

    place: str
    objects: int = 0
    old_versions: int = 0
    unsearched: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.objects or self.old_versions or self.unsearched)

    def count(self, version: Version) -> None:
        """Take note of one more."""
        if version.is_latest:
            self.objects += 1
        else:
            self.old_versions += 1

    def doubt(self, version: Version) -> None:
        """Take note of one that could not be searched."""
        self.unsearched.append(version.name)


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


def deletions(s3: "S3Client", bucket: str, prefix: str) -> Iterator[Version]:
    """Every mark of deletion: it has a name and no bytes."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("DeleteMarkers", []):
            # None is the latest: there is nothing to put in its place.
            yield Version(entry["Key"], entry["VersionId"], False, "", entry["LastModified"])


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


def search(
    s3: "S3Client", place: Place, person: Person, doubt: Callable[[Version], object] = lambda _: None
) -> Iterator[tuple[Version, bytes | None]]:
    """Every version in which there is something to mend, and what it should be; `doubt` hears of the others
    that could not be searched to their end."""
    for version in list(versions(s3, place.bucket, place.prefix)):
        if not place.takes(version.key):
            continue
        if place.names_are_free and person.is_named_in(version.key.encode()):
            yield version, None
        elif place.unread is None or not version.key.endswith(place.unread):
            body, doubts = read(s3, place.bucket, version), person.doubts
            mended = place.mend(body, person)
            if mended is not None and person.doubts > doubts:
                doubt(version)
            if mended is not body:
                yield version, mended
    # After the versions: deleting one of them leaves a mark.
    if place.names_are_free:
        for mark in list(deletions(s3, place.bucket, place.prefix)):
            if place.takes(mark.key) and person.is_named_in(mark.key.encode()):
                yield mark, None


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

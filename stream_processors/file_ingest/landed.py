"""Names: what is landed, where it goes, and by which run it is sent."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self, TypedDict
from urllib.parse import unquote_plus

from stream_processors.errors import UnknownEventError

REPORT_SUFFIX: Final = ".report.json"


class Outcome(StrEnum):
    """What became of a file, and the folder that it is in then."""

    DONE = "done"
    FAILED = "failed"


class VersionName(TypedDict):
    """A version of an object, as S3's calls name it."""

    Bucket: str
    Key: str
    VersionId: str


class Landed(NamedTuple):
    """One version of one object. A name that is used again is another version: another file."""

    bucket: str
    key: str
    version_id: str

    @classmethod
    def of_notification(cls, record: Mapping[str, Any]) -> Self:
        """What a record of S3's notification is about.

        Raises:
            UnknownEventError: it is no such record, or the bucket keeps no versions.
        """
        try:
            found = record["s3"]["object"]
            return cls(record["s3"]["bucket"]["name"], unquote_plus(found["key"]), found["versionId"])
        except KeyError as error:
            raise UnknownEventError("a versioned bucket's notifications") from error

    @property
    def producer_id(self) -> str:
        """The run that sends it: the same at every attempt, so that one goes on where another stopped."""
        name = f"{self.key}\0{self.version_id}"
        return f"land-{sha256(name.encode()).hexdigest()[:16]}"

    def arguments(self) -> "VersionName":
        """What names it in a call of S3."""
        return {"Bucket": self.bucket, "Key": self.key, "VersionId": self.version_id}


class LandingZone(NamedTuple):
    """The prefix, and the folders in it."""

    prefix: str

    def key(self, name: str) -> str:
        """Where a file of that name is dropped."""
        return self.prefix + name

    def takes(self, key: str) -> bool:
        """Whether an object is a file that was dropped, and not one that was dealt with, or a folder."""
        folders = tuple(map(self.folder, Outcome))
        return key.startswith(self.prefix) and not key.startswith(folders) and not key.endswith("/")

    def folder(self, outcome: Outcome) -> str:
        """What files with that outcome are under."""
        return f"{self.prefix}{outcome}/"

    def place(self, key: str, outcome: Outcome) -> str:
        """Where a file is moved to; its report lies beside it."""
        return self.folder(outcome) + key.removeprefix(self.prefix)

    def reports(self, key: str) -> Iterator[str]:
        """Where the report on a file can be."""
        return (self.place(key, outcome) + REPORT_SUFFIX for outcome in Outcome)

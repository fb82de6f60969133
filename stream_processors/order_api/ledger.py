"""The manifest of this instance of the function, kept in the lake's bucket."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from producer.errors import ManifestUnwritable
from producer.journal import Journal, JournalSettings
from producer.manifest import new_producer_id, start_run
from stream_processors.errors import CallFailedError

COMMAND = "api"


class Objects(Protocol):
    """The part of S3 that is used, as boto3 has it; a failed call is a `CallFailedError`."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> object: ...  # noqa: N803


class Manifests:
    """Manifests in one bucket, in the terms of `producer.manifest.ManifestStore`."""

    def __init__(self, client: Objects, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> None:
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        except CallFailedError as error:
            raise ManifestUnwritable(
                f"s3://{self._bucket}/{key}", f"the lake did not take the run's manifest ({error.code})"
            ) from error


def new_journal(
    manifests: Manifests, stream_name: str, manifest_seconds: float, clock: Callable[[], datetime]
) -> Journal:
    """The journal of a run that begins now; nothing is written before something is to be sent."""
    now = clock()
    run = start_run(
        producer_id=new_producer_id(COMMAND, now), command=COMMAND, stream_name=stream_name, started_at=now
    )
    return Journal(manifests, run, JournalSettings(write_every_seconds=manifest_seconds), clock=clock)

"""Puts a file into the landing zone and waits for what the function says of it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError
from pydantic import ValidationError

from orderlake.aws import Aws
from orderlake.errors import OrderlakeError, WrongUse
from producer.manifest import RunManifest, manifest_key, read_manifest
from producer.order_files import OrderFileSettings
from stream_processors.file_ingest.landed import Landed, LandingZone
from stream_processors.file_ingest.reading import MAX_OBJECT_BYTES
from stream_processors.file_ingest.report import Report

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_POLL_SECONDS: Final = 0.5
_MISSING: Final = frozenset({"NoSuchKey", "404"})


class Dropped(NamedTuple):
    """A file that was put into the landing zone."""

    landed: Landed
    zone: LandingZone


def drop(aws: Aws, file: Path, name: str, said: Mapping[str, str]) -> Dropped:
    """Upload the file as `name`; `said` are settings of `OrderFileSettings` that hold for it.

    Raises:
        WrongUse: there is no such file, it is too large, or name or settings cannot be.
    """
    zone = LandingZone(aws.stack.landing_prefix)
    key = zone.key(name)
    if not file.is_file():
        raise WrongUse(f"{file}: no such file; check the name")
    if (size := file.stat().st_size) > MAX_OBJECT_BYTES:
        raise WrongUse(
            f"{file} has {size:,} bytes, over {MAX_OBJECT_BYTES:,}: cut it, or send it with replay"
        )
    if name.startswith("/") or not zone.takes(key):
        raise WrongUse(f"--as {name}: a file cannot be dropped there; name it otherwise")
    try:
        OrderFileSettings.model_validate(said)
    except ValidationError as error:
        problem = error.errors()[0]
        raise WrongUse(f"--{problem['loc'][0]} {problem['msg'].removeprefix('Value error, ')}") from error
    bucket = aws.stack.lake_bucket
    with file.open("rb") as body:
        answer = aws.session.client("s3").put_object(Bucket=bucket, Key=key, Body=body, Metadata=dict(said))
    return Dropped(Landed(bucket, key, answer["VersionId"]), zone)


def wait_for_report(aws: Aws, dropped: Dropped, seconds: float, on_progress: Callable[[int], None]) -> Report:
    """What became of the file; `on_progress` gets how many of its events are on the stream.

    Raises:
        OrderlakeError: nothing was said within that time.
    """
    s3 = aws.session.client("s3")
    deadline = time.monotonic() + seconds
    while True:
        report = _report(s3, dropped)
        if report is not None:
            return report
        manifest = _manifest(s3, dropped.landed)
        on_progress(manifest.acknowledged_count if manifest else 0)
        if time.monotonic() >= deadline:
            raise OrderlakeError(
                f"no report after {seconds:g} s: the file is being taken in, or the function fails (its log "
                f"group is /aws/lambda/orderlake-{aws.environment}-file-ingest); the report will lie at "
                f"s3://{dropped.landed.bucket}/{next(dropped.zone.reports(dropped.landed.key))}"
            )
        time.sleep(_POLL_SECONDS)


def _report(s3: "S3Client", dropped: Dropped) -> Report | None:
    """The report on this version: a name that is used again has one of an earlier file."""
    for key in dropped.zone.reports(dropped.landed.key):
        body = _read(s3, dropped.landed.bucket, key)
        if body is not None:
            report = Report.model_validate_json(body)
            if report.version_id == dropped.landed.version_id:
                return report
    return None


def _manifest(s3: "S3Client", landed: Landed) -> RunManifest | None:
    key = manifest_key(landed.producer_id)
    body = _read(s3, landed.bucket, key)
    return None if body is None else read_manifest(key, body)


def _read(s3: "S3Client", bucket: str, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise

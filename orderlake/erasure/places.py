"""The places outside of tables where a person can be."""

import io
from collections.abc import Iterator
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from glue.erasure import parquet, without
from orderlake.aws import Aws
from orderlake.erasure import records
from orderlake.erasure.objects import Found, Place
from orderlake.erasure.person import Person
from stream_processors.file_ingest.landed import REPORT_SUFFIX, LandingZone, Outcome

BRONZE = "bronze"


def places(aws: Aws) -> Iterator[Place]:
    """Bronze, quarantine, what failed, files that were dropped, and the results of queries."""
    stack, lake = aws.stack, aws.stack.lake_bucket

    def fetch(pointer: str) -> bytes:
        place = urlsplit(pointer)
        if not place.path.lstrip("/").startswith(stack.quarantine_raw_prefix):
            return b""  # a bronze object that silver could not read: it is searched itself
        try:
            return (
                aws.session.client("s3")
                .get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"]
                .read()
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return b""
            raise

    def refused(body: bytes, person: Person) -> bytes:
        return records.quarantine_rows(body, person, fetch)

    yield Place(BRONZE, lake, stack.bronze_prefix, _bronze)
    # Rows before the bytes that they point to: so they are found again where this is interrupted between.
    yield Place("quarantine", lake, stack.quarantine_prefix, refused)
    yield Place("quarantined bytes", lake, stack.quarantine_raw_prefix, _refused_bytes)
    yield Place("delivery failed", lake, stack.delivery_failed_prefix, records.failed_deliveries)
    yield Place("given up", lake, stack.on_failure_prefix, records.invocation_record)
    zone = LandingZone(stack.landing_prefix)
    for outcome in Outcome:
        yield Place(
            f"landing, {outcome}",
            lake,
            zone.folder(outcome),
            _as_a_whole,
            unread=REPORT_SUFFIX,  # counts and sizes, which are somebody's number by chance
            names_are_free=True,
        )
    # A function may be reading it, and a run's manifest promises what is in it.
    yield Place(
        "landing, waiting", lake, zone.prefix, _as_a_whole, zone.takes, names_are_free=True, is_kept=True
    )
    yield Place("query results", stack.results_bucket, "", _result)


def unfinished_uploads(aws: Aws) -> Found:
    """Files that somebody is uploading to the landing zone: nobody can read their parts."""
    found = Found("landing, being uploaded")
    pages = aws.session.client("s3").get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=aws.stack.lake_bucket, Prefix=aws.stack.landing_prefix):
        # Not by its key, which may name the person.
        found.unsearched.extend(f"upload {upload['UploadId']}" for upload in page.get("Uploads", []))
    return found


def out_of_reach(aws: Aws) -> Iterator[str]:
    """Where the person may be and cannot be looked for, and for how long."""
    if aws.stack.profile == "stream":
        summary = aws.session.client("kinesis").describe_stream_summary(StreamName=aws.stack.stream_name)
        hours = summary["StreamDescriptionSummary"]["RetentionPeriodHours"]
        yield f"records of the stream {aws.stack.stream_name}: {hours} hours"
    yield "Firehose's buffers: minutes"
    yield "Athena's history of statements: 45 days"
    yield "free text of accepted events, names of files in manifests of runs: not searched"
    yield "spools of producers other than --spool, and copies outside of the stack: not searched"


def parquet_rows(body: bytes) -> pa.Table | None:
    """The rows of a Parquet object; None where it is none."""
    try:
        return pq.read_table(io.BytesIO(body))
    except pa.ArrowException:
        return None


def _as_a_whole(body: bytes, person: Person) -> bytes | None:
    """A file as somebody dropped it goes as a whole: what is in it was taken in."""
    return None if person.is_named_in(body) else body


def _refused_bytes(body: bytes, person: Person) -> bytes | None:
    return body if records.event(body, person) is body else None


def _bronze(body: bytes, person: Person) -> bytes | None:
    rows = parquet_rows(body)
    if rows is None or "payload" not in rows.column_names:
        # Silver set it aside: nobody can mend what nobody can read.
        return None if person.is_named_in(body) else body
    kept = without(rows, person)
    return body if kept is None else parquet(kept)


def _result(body: bytes, person: Person) -> bytes | None:
    rows = parquet_rows(body) if body.startswith(b"PAR1") else None
    if rows is None:
        return None if person.is_named_in(body) else body
    values = {str(value) for column in rows.columns for value in column.to_pylist()}
    return None if person.is_named_in("\n".join(values).encode()) else body

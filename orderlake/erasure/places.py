"""The places outside of tables where a person can be."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from glue.erasure import parquet, without
from orderlake.aws import Aws
from orderlake.erasure import records
from orderlake.erasure.objects import Place
from orderlake.erasure.person import Person
from producer.errors import OrderFileError
from producer.order_files import Unpacked
from stream_processors.file_ingest.landed import REPORT_SUFFIX, LandingZone, Outcome

BRONZE = "bronze"
_CHUNK: Final = 1024 * 1024
# So much of a chunk is looked at again with the next, for what lies across the cut.
_LONGEST_NAME: Final = 1024


def places(aws: Aws, person: Person) -> Iterator[Place]:
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

    def refused(body: bytes) -> bytes:
        return records.quarantine_rows(body, person, fetch)

    def gone(body: bytes) -> bytes | None:
        return body if records.event(body, person) is body else None

    yield Place(BRONZE, lake, stack.bronze_prefix, partial(_bronze, person=person))
    # Rows before the bytes that they point to: so they are found again where this is interrupted between.
    yield Place("quarantine", lake, stack.quarantine_prefix, refused)
    yield Place("quarantined bytes", lake, stack.quarantine_raw_prefix, gone)
    yield Place(
        "delivery failed",
        lake,
        stack.delivery_failed_prefix,
        partial(records.failed_deliveries, person=person),
    )
    yield Place("given up", lake, stack.on_failure_prefix, partial(records.invocation_record, person=person))
    # What waits to be taken in stays: the list is for what comes of it.
    zone = LandingZone(stack.landing_prefix)
    for outcome in Outcome:
        yield Place(
            f"landing, {outcome}",
            lake,
            zone.folder(outcome),
            partial(landed_file, person=person),
            but_not=REPORT_SUFFIX,
        )
    yield Place("query results", stack.results_bucket, "", partial(_result, person=person))


def parquet_rows(body: bytes) -> pa.Table | None:
    """The rows of a Parquet object; None where it is none."""
    try:
        return pq.read_table(io.BytesIO(body))
    except pa.ArrowException:
        return None


def landed_file(body: bytes, person: Person) -> bytes | None:
    """A file as somebody dropped it: it goes as a whole, its rows have long been taken in.

    What cannot be unpacked to its end is searched as far as it goes.
    """
    try:
        file = Unpacked(Path("landed"), io.BytesIO(body))  # type: ignore[arg-type]
        before = b""
        while chunk := file.read(_CHUNK):
            if person.is_named_in(before + chunk):
                return None
            before = chunk[-_LONGEST_NAME:]
    except OrderFileError:
        return None if person.is_named_in(body) else body
    return body


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

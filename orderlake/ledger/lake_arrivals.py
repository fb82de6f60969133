"""Reads what arrived in the lake: bronze and quarantine through Athena, failed deliveries from S3."""

import base64
import binascii
from collections.abc import Iterator, Mapping

import orjson

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.ledger.balance import Arrivals, Coordinate, Promise
from orderlake.ledger.stream_arrivals import promise_in


def of_table(aws: Aws, question: str) -> Arrivals:
    """Arrivals in the table that `sql/audit/<question>.sql` reads, for this stack's stream."""
    arrivals = Arrivals()
    statement = sql.text(f"audit/{question}.sql")
    for row in athena.stream_rows(aws, statement, [f"'{aws.stack.stream_name}'"]):
        coordinate = Coordinate(row["shard_id"], int(row["sequence_number"]), int(row["sub_sequence_number"]))
        numbered = row["producer_id"] and row["sequence"]
        arrivals.add(coordinate, Promise(row["producer_id"], int(row["sequence"])) if numbered else None)
    return arrivals


def of_failed_deliveries(aws: Aws) -> Arrivals:
    """Arrivals in the objects that Firehose wrote to its error prefix.

    Each line is a JSON object whose `rawData` is the base64 of what Firehose was to deliver: one or more
    documents with coordinates (Amazon Data Firehose, "Handle data delivery failures").
    """
    arrivals = Arrivals()
    ours = aws.stack.stream_name
    for line in _lines(aws, aws.stack.delivery_failed_prefix):
        for document in (found for found in _documents(line) if found.get("stream_name", ours) == ours):
            coordinate = Coordinate(
                str(document["shard_id"]),
                int(str(document["sequence_number"])),
                int(str(document["sub_sequence_number"])),
            )
            arrivals.add(coordinate, promise_in(document))
    return arrivals


def _lines(aws: Aws, prefix: str) -> Iterator[bytes]:
    s3 = aws.session.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=aws.stack.lake_bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket=aws.stack.lake_bucket, Key=entry["Key"])["Body"]
            yield from (line for line in body.iter_lines() if line.strip())


def _documents(line: bytes) -> Iterator[Mapping[str, object]]:
    """The rows in one error line; raw data that is no row of ours has no coordinates and yields nothing."""
    try:
        raw = base64.b64decode(orjson.loads(line)["rawData"])
    except (orjson.JSONDecodeError, KeyError, binascii.Error):
        return
    for text in raw.replace(b"}{", b"}\n{").splitlines():
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        if (
            isinstance(document, dict)
            and {"shard_id", "sequence_number", "sub_sequence_number"} <= document.keys()
        ):
            yield document

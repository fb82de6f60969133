"""Records that were taken out of the lake on purpose: `orderlake verify` writes down which, before it does.

One object per run, `audit/withdrawn/<producer_id>.json`, so that the ledgers go on to balance.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import orjson

from orderlake.aws import Aws
from orderlake.ledger.balance import Arrivals, Coordinate, Promise

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOLDER: Final = "withdrawn/"


def write(aws: Aws, producer_id: str, records: Iterable[tuple[Coordinate, int]]) -> int:
    """Note the records of a run, each with its sequence; gives how many there are."""
    noted = [(at.shard_id, str(at.sequence_number), at.sub_sequence_number, n) for at, n in records]
    s3: S3Client = aws.session.client("s3")
    s3.put_object(
        Bucket=aws.stack.lake_bucket,
        Key=f"{aws.stack.audit_prefix}{_FOLDER}{producer_id}.json",
        Body=orjson.dumps({"producer_id": producer_id, "records": noted}),
        ContentType="application/json",
    )
    return len(noted)


def read(aws: Aws) -> Arrivals:
    """Every withdrawn record."""
    arrivals = Arrivals()
    s3: S3Client = aws.session.client("s3")
    prefix = f"{aws.stack.audit_prefix}{_FOLDER}"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=aws.stack.lake_bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket=aws.stack.lake_bucket, Key=entry["Key"])["Body"].read()
            note = orjson.loads(body)
            for shard_id, sequence_number, sub_sequence_number, sequence in note["records"]:
                place = Coordinate(shard_id, int(sequence_number), sub_sequence_number)
                arrivals.add(place, Promise(note["producer_id"], sequence))
    return arrivals

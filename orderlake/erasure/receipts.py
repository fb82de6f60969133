"""Receipts: written before anything is changed, and again at the end; an interruption leaves the first."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from orderlake.aws import Aws
from orderlake.erasure.objects import Found

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "erasures/"


class Receipt(NamedTuple):
    """What was done for one person; `customer` is a token of the list, not who it is.

    `found` says what there was and where; `left` what is there still, or could not be searched: nothing as a
    rule. `searched` are all places that were looked at, `out_of_reach` those that nobody can look at.
    `continues` names receipts of earlier attempts, whose `ended_at` is null: what they found may be gone.
    """

    receipt: str
    customer: str
    listed_before: bool
    continues: Sequence[str]
    began_at: str
    ended_at: str | None
    found: Sequence[Found]
    objects_deleted: int
    left: Sequence[Found]
    searched: Sequence[str]
    out_of_reach: Sequence[str]

    def document(self) -> dict[str, Any]:
        """The receipt as it is kept and printed."""
        rows = {name: [asdict(each) for each in getattr(self, name)] for name in ("found", "left")}
        return {**self._asdict(), **rows}


class Receipts:
    """All that were written in this lake."""

    def __init__(self, aws: Aws) -> None:
        self._s3: S3Client = aws.session.client("s3")
        self._bucket = aws.stack.lake_bucket
        self._folder = f"{aws.stack.audit_prefix}{FOLDER}"

    def keep(self, receipt: Receipt) -> None:
        """Write a receipt, in place of what it said before."""
        self._s3.put_object(
            Bucket=self._bucket,
            Key=f"{self._folder}{receipt.receipt}.json",
            Body=orjson.dumps(receipt.document()),
            ContentType="application/json",
        )

    def unfinished(self, customer: str) -> list[str]:
        """Attempts on a customer that did not end, since the last that did; the earliest first."""
        open_: list[str] = []
        theirs = (document for document in self._documents() if document["customer"] == customer)
        for document in sorted(theirs, key=lambda document: str(document["began_at"])):
            open_ = [] if document["ended_at"] else [*open_, document["receipt"]]
        return open_

    def _documents(self) -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._folder)
        for page in pages:
            for entry in page.get("Contents", []):
                yield orjson.loads(self._s3.get_object(Bucket=self._bucket, Key=entry["Key"])["Body"].read())

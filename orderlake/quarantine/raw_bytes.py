"""The bytes of rejected records, read where quarantine keeps them.

Not through Athena: its results would be a second place with personal data.
"""

import base64
import gzip
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from orderlake.aws import Aws


class RawBytes:
    """Reads the objects that Firehose wrote for one hour, and those that their rows point to."""

    def __init__(self, aws: Aws) -> None:
        self._s3 = aws.session.client("s3")
        self._bucket = aws.stack.lake_bucket
        self._prefix = aws.stack.quarantine_prefix

    def of(self, arrival_hour: str, quarantine_ids: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """The bytes of these records of an hour, each once, in the order in which they lie there."""
        wanted = set(quarantine_ids)
        for key in self._keys(f"{self._prefix}arrival_hour={arrival_hour}/"):
            if not wanted:
                return
            for line in _lines(self._get(self._bucket, key)):
                row = orjson.loads(line)
                if row["quarantine_id"] in wanted:
                    wanted.discard(row["quarantine_id"])
                    yield row["quarantine_id"], self._bytes(row)

    def _bytes(self, row: Mapping[str, Any]) -> bytes:
        if row["raw_pointer"] is None:
            return base64.b64decode(row["raw_base64"])
        place = urlsplit(row["raw_pointer"])
        return self._get(place.netloc, place.path.lstrip("/"))

    def _keys(self, prefix: str) -> Iterator[str]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", []))

    def _get(self, bucket: str, key: str) -> bytes:
        return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def _lines(body: bytes) -> Iterator[bytes]:
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return (line for line in text.splitlines() if line.strip())

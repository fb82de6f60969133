"""The records that were given up, wherever the stack's profile keeps them."""

from collections.abc import Iterator

from orderlake.aws import Aws
from orderlake.ledger import on_failure, unprocessed
from orderlake.ledger.balance import Arrivals
from orderlake.ledger.on_failure import GivenUpRecord
from orderlake.ledger.stream_arrivals import promise_of


class GivenUpStore:
    """Reads the records of this stack's stream; objects that were read are not read again."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._s3 = aws.session.client("s3")
        self._read: dict[str, tuple[GivenUpRecord, ...]] = {}

    def records(self) -> Iterator[GivenUpRecord]:
        """Everything that was given up, the oldest batch first.

        Raises:
            OrderlakeError: an object is not what belongs there.
        """
        for key in self._keys():
            if key not in self._read:
                bucket = self._aws.stack.lake_bucket
                body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                self._read[key] = tuple(self._records_of(key, body))
        batches = sorted(self._read.values(), key=lambda batch: batch[0].at.timestamp() if batch else 0.0)
        return (record for batch in batches for record in batch)

    def arrivals(self) -> Arrivals:
        """The same for the ledger."""
        arrivals = Arrivals()
        for record in self.records():
            arrivals.add(record.coordinate, promise_of(record.data))
        return arrivals

    def _records_of(self, key: str, body: bytes) -> Iterator[GivenUpRecord]:
        if self._aws.stack.profile == "direct":
            return unprocessed.records_of(key, body)
        return on_failure.records_of(key, body, self._aws.stack.stream_name)

    def _keys(self) -> Iterator[str]:
        stack = self._aws.stack
        is_direct = stack.profile == "direct"
        prefix = stack.delivery_failed_prefix + unprocessed.FOLDER if is_direct else stack.on_failure_prefix
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=stack.lake_bucket, Prefix=prefix)
        for page in pages:
            yield from (entry["Key"] for entry in page.get("Contents", []))

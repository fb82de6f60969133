"""Feeds one shard to a function, in order, one batch in flight."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from infra.local.clock import Clock
from infra.local.kinesis.stream_reader import ShardInfo, ShardReader, StartingPosition, StreamRecord
from infra.local.lambda_.batch_response import first_failure
from infra.local.lambda_.errors import FunctionNotRunError
from infra.local.lambda_.invocation import InvocationResult

PAYLOAD_LIMIT: Final = 6 * 1024 * 1024
_ENVELOPE: Final = len(b'{"Records":[]}')
_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """How an event source mapping batches; `batching_window` in seconds."""

    stream_arn: str
    role_arn: str
    region: str
    batch_size: int
    batching_window: float = 0.0
    reports_item_failures: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record as it stands in the event."""

    sequence_number: str
    arrived_at: datetime
    encoded: bytes


class ShardConsumer:
    """Reads one shard and invokes a function with its batches.

    `checkpoint` is the sequence number up to which everything was processed. A batch that fails is sent
    again, with growing delays, until it succeeds: nothing behind it passes. `report_age` gets the age in
    seconds of a batch's last record whenever the batch is about to be sent.
    """

    def __init__(
        self,
        shard: ShardInfo,
        starting_position: StartingPosition,
        settings: MappingSettings,
        reader: ShardReader,
        *,
        invoke: Callable[[bytes], InvocationResult],
        clock: Clock,
        report_age: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.shard_id = shard.shard_id
        self.parent_shard_ids = shard.parent_shard_ids
        self.settings = settings
        self.checkpoint: str | None = None
        self._starting_position = starting_position
        self._reader = reader
        self._invoke = invoke
        self._clock = clock
        self._report_age = report_age
        self._position: str | None = None
        self._shard_closed = False
        self._waiting: list[_Entry] = []
        self._waiting_since = clock.now()
        self._retry: int = 0  # how many of the waiting records are being sent again
        self._failures = 0
        self._not_before = clock.now()
        if starting_position == "LATEST":
            self._read(1, clock.now())  # fixes what "latest" means

    @property
    def is_finished(self) -> bool:
        """The shard was split or merged, and all of it is processed."""
        return self._shard_closed and not self._waiting

    @property
    def is_failing(self) -> bool:
        """Its last batch failed and waits to be sent again."""
        return self._failures > 0

    def poll(self, *, flush: bool = False) -> bool:
        """Read ahead as far as one batch needs; True when a batch is due. `flush` waits for no window."""
        now = self._clock.now()
        if self._failures:
            return now >= self._not_before
        wanted = self.settings.batch_size - len(self._waiting)
        if wanted > 0 and not self._shard_closed and self._batch_length(self._waiting) == len(self._waiting):
            self._read(wanted, now)
        if not self._waiting:
            return False
        is_full = (
            len(self._waiting) >= self.settings.batch_size
            or self._batch_length(self._waiting) < len(self._waiting)
            or self._shard_closed
        )
        window = timedelta(seconds=self.settings.batching_window)
        return flush or is_full or now - self._waiting_since >= window

    def send(self) -> None:
        """Invoke the function with the next batch and settle the outcome."""
        batch = self._waiting[: self._retry or self._batch_length(self._waiting)]
        self._report_age((self._clock.now() - batch[-1].arrived_at).total_seconds())
        event = b'{"Records":[' + b",".join(entry.encoded for entry in batch) + b"]}"
        try:
            result = self._invoke(event)
        except FunctionNotRunError:
            self._settle(batch, 0)
            return
        self._settle(batch, self._succeeded(batch, result))

    def _succeeded(self, batch: Sequence[_Entry], result: InvocationResult) -> int:
        """How many records of the batch, from its beginning, are done."""
        if result.function_error is not None:
            return 0
        if not self.settings.reports_item_failures:
            return len(batch)
        return first_failure(result.payload, [entry.sequence_number for entry in batch])

    def _settle(self, batch: Sequence[_Entry], succeeded: int) -> None:
        if succeeded:
            self.checkpoint = batch[succeeded - 1].sequence_number
            del self._waiting[:succeeded]
            self._failures = 0
        now = self._clock.now()
        self._retry = len(batch) - succeeded
        if self._retry:
            delay = min(_FIRST_DELAY_SECONDS * 2 ** min(self._failures, 10), _LONGEST_DELAY_SECONDS)
            self._not_before = now + timedelta(seconds=delay)
            self._failures += 1
        self._waiting_since = now

    def _read(self, limit: int, now: datetime) -> None:
        found = self._reader.read(
            self.settings.stream_arn,
            self.shard_id,
            self._position,
            self._starting_position,
            limit=limit,
            max_bytes=PAYLOAD_LIMIT,
        )
        self._position = found.position
        self._shard_closed = found.shard_closed
        if found.records and not self._waiting:
            self._waiting_since = now
        self._waiting.extend(self._entry(record) for record in found.records)

    def _batch_length(self, entries: Sequence[_Entry]) -> int:
        """How many of `entries` go into one event: at most the batch size and 6 MB, at least one."""
        size = _ENVELOPE
        for index, entry in enumerate(entries[: self.settings.batch_size]):
            size += len(entry.encoded) + 1
            if size > PAYLOAD_LIMIT and index:
                return index
        return min(len(entries), self.settings.batch_size)

    def _entry(self, record: StreamRecord) -> _Entry:
        settings = self.settings
        arrived = record.approximate_arrival_timestamp
        document = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key,
                "sequenceNumber": record.sequence_number,
                "data": base64.b64encode(record.data).decode(),
                "approximateArrivalTimestamp": round(arrived.timestamp(), 3),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.shard_id}:{record.sequence_number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": settings.role_arn,
            "awsRegion": settings.region,
            "eventSourceARN": settings.stream_arn,
        }
        encoded = json.dumps(document, separators=(",", ":")).encode()
        return _Entry(record.sequence_number, arrived, encoded)

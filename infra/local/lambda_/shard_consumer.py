"""Reads one shard for a mapping: filters its records and shares them out to lanes."""

import base64
import json
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from zlib import crc32

from infra.local.clock import Clock
from infra.local.kinesis.stream_reader import ShardInfo, ShardReader, StartingPosition, StreamRecord
from infra.local.lambda_.given_up import GivenUp
from infra.local.lambda_.invocation import InvocationResult
from infra.local.lambda_.lane import PAYLOAD_LIMIT, Entry, Lane
from infra.local.lambda_.mapping_settings import MappingSettings

_BATCHES_AHEAD: Final = 10  # of a lane that is behind the others
_READS: Final = 20  # in one poll, where the filter lets nothing through


class ShardConsumer:
    """Reads one shard and keeps its lanes, as many as the mapping's parallelization factor.

    The records of one partition key are always in the same lane, so that their order is kept.
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
        give_up: Callable[[GivenUp], None] = lambda _: None,
    ) -> None:
        self.shard_id = shard.shard_id
        self.parent_shard_ids = shard.parent_shard_ids
        self._settings = settings
        self._starting_position = starting_position
        self._reader = reader
        self._invoke = invoke
        self._clock = clock
        self._report_age = report_age
        self._give_up = give_up
        self._lock = threading.Lock()
        self._position: str | None = None
        self._last_read: str | None = None
        self._shard_closed = False
        self._lanes = self._new_lanes()
        if starting_position == "LATEST":
            self._read(1, clock.now())  # fixes what "latest" means

    @property
    def lanes(self) -> Sequence[Lane]:
        return self._lanes

    @property
    def checkpoint(self) -> str | None:
        """The sequence number up to which everything is processed, or was given up."""
        with self._lock:
            places = [lane.checkpoint for lane in self._lanes if lane.waiting]
            if not places:
                return self._last_read
            return None if None in places else min((place for place in places if place), key=int)

    @property
    def is_finished(self) -> bool:
        """The shard was split or merged, and all of it is processed."""
        return self._shard_closed and not any(lane.waiting for lane in self._lanes)

    @property
    def needs_other_lanes(self) -> bool:
        """The parallelization factor was changed: once no lane is sending, call `share_out_again`."""
        return len(self._lanes) != self._settings.parallelization_factor

    def configure(self, settings: MappingSettings) -> None:
        """Go on with these settings."""
        self._settings = settings
        for lane in self._lanes:
            lane.settings = settings

    def share_out_again(self) -> None:
        """Make as many lanes as the settings say; what waits keeps its order, and counts its retries anew."""
        with self._lock:
            entries = [entry for lane in self._lanes for entry in lane.waiting]
            self._lanes = self._new_lanes()
            self._share_out(sorted(entries, key=lambda entry: int(entry.sequence_number)), self._clock.now())

    def poll(self, *, flush: bool = False) -> Sequence[Lane]:
        """Read ahead as far as the lanes' next batches need; give the lanes with a batch that is due."""
        with self._lock:
            self._fill()
            flush = flush or self._shard_closed
            return [lane for lane in self._lanes if lane.is_due(flush=flush)]

    def _new_lanes(self) -> list[Lane]:
        return [
            Lane(
                self.shard_id,
                self._settings,
                invoke=self._invoke,
                clock=self._clock,
                report_age=self._report_age,
                give_up=self._give_up,
            )
            for _ in range(self._settings.parallelization_factor)
        ]

    def _fill(self) -> None:
        now = self._clock.now()
        most = self._settings.batch_size * _BATCHES_AHEAD
        for _ in range(_READS):
            wanted = max(lane.wants() for lane in self._lanes)
            is_far_ahead = len(self._lanes) > 1 and any(len(lane.waiting) >= most for lane in self._lanes)
            if wanted <= 0 or self._shard_closed or is_far_ahead or not self._read(wanted, now):
                return

    def _read(self, limit: int, now: datetime) -> int:
        """Read up to `limit` records and give how many there were, those that are filtered out included."""
        found = self._reader.read(
            self._settings.stream_arn,
            self.shard_id,
            self._position,
            self._starting_position,
            limit=limit,
            max_bytes=PAYLOAD_LIMIT,
        )
        self._position = found.position
        self._shard_closed = found.shard_closed
        entries = [entry for record in found.records if (entry := self._entry(record)) is not None]
        self._share_out(entries, now)
        if found.records:
            self._last_read = found.records[-1].sequence_number
        return len(found.records)

    def _share_out(self, entries: Sequence[Entry], now: datetime) -> None:
        lanes = self._lanes
        shares: list[list[Entry]] = [[] for _ in lanes]
        for entry in entries:
            shares[crc32(entry.partition_key.encode()) % len(lanes)].append(entry)
        for lane, share in zip(lanes, shares, strict=True):
            lane.take(share, now)

    def _entry(self, record: StreamRecord) -> Entry | None:
        """The record as it stands in the event; None where the mapping's filter drops it."""
        settings = self._settings
        arrived = record.approximate_arrival_timestamp
        metadata: dict[str, Any] = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
        }
        arrival = round(arrived.timestamp(), 3)
        if not settings.event_filter.passes(
            {**metadata, "approximateArrivalTimestamp": arrival}, record.data
        ):
            return None
        document = {
            "kinesis": {
                **metadata,
                "data": base64.b64encode(record.data).decode(),
                "approximateArrivalTimestamp": arrival,
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
        return Entry(record.sequence_number, record.partition_key, arrived, encoded)

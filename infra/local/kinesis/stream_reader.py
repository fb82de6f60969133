"""Reads shards in process, for engines that poll a stream (the event source mapping of Lambda).

A reader is made with `KinesisShardReader(account_id, region)` and may be made before any stream exists.
Reading in process counts for the stream's iterator-age metric, and not for its read limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, cast

from moto.kinesis.models import kinesis_backends

if TYPE_CHECKING:
    from infra.local.kinesis.stream import Stream  # which imports this module's record

StartingPosition = Literal["TRIM_HORIZON", "LATEST"] | datetime
"""Where to begin a shard that was never read: a `datetime` (aware) means AT_TIMESTAMP."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record as Kinesis gives it. `data` is decoded; the arrival is aware, UTC, to the millisecond."""

    data: bytes
    partition_key: str
    sequence_number: str
    approximate_arrival_timestamp: datetime


@dataclass(frozen=True, slots=True)
class ShardInfo:
    """One shard in a listing; `parent_shard_ids` has none, one (after a split) or two (after a merge).

    As on AWS, read a child only after its parents were read to their end.
    """

    shard_id: str
    parent_shard_ids: tuple[str, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ShardRead:
    """What one read found.

    `position` goes into the next read as `after_sequence_number`, also where nothing was found: that is what
    keeps a LATEST reader from skipping. `shard_closed` means that the shard was split or merged and `records`
    are its last ones: there will never be more.
    """

    records: Sequence[StreamRecord]
    millis_behind_latest: int
    shard_closed: bool
    position: str


class ShardReader(Protocol):
    """Reads shards from a position that the caller keeps. Unknown streams and shards raise `KeyError`."""

    def list_shards(self, stream_arn: str) -> Sequence[ShardInfo]:
        """All shards whose records may still be there, closed ones included, oldest first."""
        ...

    def read(
        self,
        stream_arn: str,
        shard_id: str,
        after_sequence_number: str | None,
        starting_position: StartingPosition = "TRIM_HORIZON",
        *,
        limit: int = 10_000,
        max_bytes: int = 10_000_000,
    ) -> ShardRead:
        """The records after `after_sequence_number`, or from `starting_position` where that is None.

        At most `limit` records and `max_bytes` of data and keys, but at least one record where there is one.
        Records that have left the stream's retention are skipped. Never blocks.
        """
        ...


class KinesisShardReader:
    """Reads the embedded Kinesis of one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    def _stream(self, stream_arn: str) -> "Stream":
        backend = kinesis_backends[self._account_id][self._region]
        for stream in list(backend.streams.values()):
            if stream.arn == stream_arn:
                return cast("Stream", stream)
        raise KeyError(stream_arn)

    def list_shards(self, stream_arn: str) -> Sequence[ShardInfo]:
        return [
            ShardInfo(shard.shard_id, tuple(shard.parents()), not shard.is_open)
            for shard in self._stream(stream_arn).shards.values()
        ]

    def read(
        self,
        stream_arn: str,
        shard_id: str,
        after_sequence_number: str | None,
        starting_position: StartingPosition = "TRIM_HORIZON",
        *,
        limit: int = 10_000,
        max_bytes: int = 10_000_000,
    ) -> ShardRead:
        stream = self._stream(stream_arn)
        shard = stream.shards[shard_id]
        if after_sequence_number is not None:
            after = int(after_sequence_number)
        elif starting_position == "LATEST":
            after = shard.latest()
        elif isinstance(starting_position, datetime):
            after = shard.position_at(int(starting_position.timestamp() * 1_000_000))
        else:
            after = 0
        found = stream.read(shard, after, limit, max_bytes)
        return ShardRead(found.records, found.millis_behind_latest, found.is_finished, str(found.position))

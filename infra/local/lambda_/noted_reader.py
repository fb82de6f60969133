"""Reads a stream in process and notes what a mapping would have called for it, on behalf of the role."""

from collections.abc import Sequence

from infra.local.kinesis.stream_reader import ShardInfo, ShardRead, ShardReader, StartingPosition
from infra.local.role_calls import RoleCalls


class NotedReader:
    """A `ShardReader` over another one."""

    def __init__(self, reader: ShardReader, role_arn: str, role_calls: RoleCalls) -> None:
        self._reader = reader
        self._role_arn = role_arn
        self._role_calls = role_calls

    def list_shards(self, stream_arn: str) -> Sequence[ShardInfo]:
        self._role_calls.note(self._role_arn, "kinesis:ListShards", stream_arn)
        return self._reader.list_shards(stream_arn)

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
        for action in ("kinesis:GetShardIterator", "kinesis:GetRecords"):
            self._role_calls.note(self._role_arn, action, stream_arn)
        return self._reader.read(
            stream_arn, shard_id, after_sequence_number, starting_position, limit=limit, max_bytes=max_bytes
        )

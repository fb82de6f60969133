"""Which shard a partition key falls into, by the stream's own list of open shards."""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import md5
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import ShardTypeDef

    from producer.direct import DirectPut


class Shard(NamedTuple):
    """An open shard and the lowest hash key that it takes."""

    shard_id: str
    first_hash_key: int


class ShardMap:
    """The open shards of a stream at one moment."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        """There is at least one shard; together they cover every hash key."""
        self._shards = sorted(shards, key=lambda shard: shard.first_hash_key)
        self._firsts = [shard.first_hash_key for shard in self._shards]

    def __len__(self) -> int:
        return len(self._shards)

    def of(self, partition_key: str) -> Shard:
        """The shard that a record without an explicit hash key goes to."""
        place = int.from_bytes(md5(partition_key.encode(), usedforsecurity=False).digest())
        return self._shards[bisect_right(self._firsts, place) - 1]


def read_shard_map(client: "KinesisClient | DirectPut", stream_name: str) -> ShardMap | None:
    """The map as it is now; None where the shards cannot be listed, or none is open."""
    shards: list[Shard] = []
    try:
        answer = client.list_shards(StreamName=stream_name, ShardFilter={"Type": "AT_LATEST"})
        shards.extend(_open(answer["Shards"]))
        while token := answer.get("NextToken"):
            answer = client.list_shards(NextToken=token)
            shards.extend(_open(answer["Shards"]))
    except (ClientError, BotoCoreError):
        return None
    return ShardMap(shards) if shards else None


def _open(shards: Iterable["ShardTypeDef"]) -> Iterable[Shard]:
    return (
        Shard(shard["ShardId"], int(shard["HashKeyRange"]["StartingHashKey"]))
        for shard in shards
        if not shard["SequenceNumberRange"].get("EndingSequenceNumber")
    )

"""Records made into what PutRecords takes: each alone, or many for one shard in an aggregate."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from producer.aggregation import DIGEST_BYTES, MAGIC, UserRecord, is_aggregate, pack
from producer.record import Record
from producer.shards import Shard, ShardMap

# With an explicit hash key the partition key says nothing; the KPL writes the same.
AGGREGATE_KEY: Final = "a"
_FIXED_BYTES: Final = len(MAGIC) + DIGEST_BYTES + len(AGGREGATE_KEY)


class Parcel(NamedTuple):
    """One entry of a PutRecords request; `shard_id` is where it should land, "" where that is unknown."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes
    records: Sequence[Record]
    shard_id: str

    @property
    def size(self) -> int:
        """What Kinesis counts: data and partition key, bytes."""
        return len(self.data) + len(self.partition_key.encode())


def singly(records: Iterable[Record]) -> list[Parcel]:
    """Every record by itself."""
    return [Parcel(record.partition_key, None, record.data, (record,), "") for record in records]


def size_alone(record: Record) -> int:
    """What Kinesis counts of a record in an aggregate of its own."""
    pile = _Pile()
    pile.take(record, 0)
    return pile.bytes


def aggregated(records: Iterable[Record], shards: ShardMap, max_bytes: int) -> list[Parcel]:
    """Records of one shard share aggregates of at most `max_bytes`, in their order.

    A record that would be alone in its aggregate stays raw.
    """
    open_piles: dict[Shard, _Pile] = {}
    parcels: list[Parcel] = []
    for record in records:
        shard = shards.of(record.partition_key)
        pile = open_piles.get(shard)
        if pile is None:
            open_piles[shard] = pile = _Pile()
        if not pile.take(record, max_bytes):
            parcels.append(pile.parcel(shard))
            open_piles[shard] = pile = _Pile()
            pile.take(record, max_bytes)
    parcels.extend(pile.parcel(shard) for shard, pile in open_piles.items())
    return parcels


class _Pile:
    """Records for one aggregate, and the exact size that it will have."""

    __slots__ = ("_keys", "_records", "bytes")

    def __init__(self) -> None:
        self.bytes = _FIXED_BYTES
        self._keys: dict[str, int] = {}
        self._records: list[Record] = []

    def take(self, record: Record, max_bytes: int) -> bool:
        """Take the record unless that makes the aggregate too large; the first is always taken."""
        key, length = record.partition_key, len(record.data)
        index = self._keys.get(key)
        is_new = index is None
        if index is None:
            index = len(self._keys)
            key_bytes = len(key) if key.isascii() else len(key.encode())
            growth = 1 + _varint_bytes(key_bytes) + key_bytes
        else:
            growth = 0
        message = 2 + _varint_bytes(index) + _varint_bytes(length) + length
        growth += 1 + _varint_bytes(message) + message
        if self._records and self.bytes + growth > max_bytes:
            return False
        if is_new:
            self._keys[key] = index
        self.bytes += growth
        self._records.append(record)
        return True

    def parcel(self, shard: Shard) -> Parcel:
        records = self._records
        record = records[0]
        # What begins like an aggregate would be taken for one: it travels in an aggregate of its own.
        if len(records) == 1 and not is_aggregate(record.data):
            return Parcel(record.partition_key, None, record.data, records, shard.shard_id)
        data = pack(UserRecord(record.partition_key, None, record.data) for record in records)
        return Parcel(AGGREGATE_KEY, str(shard.first_hash_key), data, records, shard.shard_id)


def _varint_bytes(number: int) -> int:
    """How many bytes protobuf writes for a number that is not negative."""
    return 1 if number < 128 else (number.bit_length() + 6) // 7

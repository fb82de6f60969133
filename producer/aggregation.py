"""The KPL's record format: many user records in one Kinesis record.

Layout: the magic bytes, a protobuf `AggregatedRecord` (tables of partition keys and explicit hash
keys, then records that point into them), and the MD5 of the protobuf. The message class is that of
aws-kinesis-agg; its aggregator is not used, because it drops records near its size limit.
Format: awslabs/amazon-kinesis-producer, aggregation-format.md.
"""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import md5
from typing import Any, Final, NamedTuple

from aws_kinesis_agg import config_pb2
from google.protobuf.message import DecodeError

# The generated module imports its neighbour by its bare name; the library makes that work by putting
# its own folder on sys.path, which importing it here does not.
sys.modules.setdefault("config_pb2", config_pb2)

from aws_kinesis_agg import messages_pb2  # noqa: E402

MAGIC: Final = b"\xf3\x89\x9a\xc2"
DIGEST_BYTES: Final = 16
MAX_HASH_KEY: Final = 2**128 - 1

_AggregatedRecord: Final[Any] = messages_pb2.AggregatedRecord


class UserRecord(NamedTuple):
    """What a producer put: its key, its explicit hash key if it gave one, its bytes."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes


class AggregateFault(StrEnum):
    """Why an aggregate could not be taken apart."""

    CHECKSUM_MISMATCH = "aggregate_checksum_mismatch"
    UNREADABLE = "aggregate_unreadable"


class AggregateProblem(NamedTuple):
    """A record that begins like an aggregate and is none; `message` repeats nothing of its contents."""

    fault: AggregateFault
    message: str

    @property
    def code(self) -> str:
        return self.fault.value


def is_aggregate(data: bytes) -> bool:
    """Whether the bytes begin like an aggregate."""
    return data.startswith(MAGIC)


def unpack(
    data: bytes, partition_key: str, explicit_hash_key: str | None = None
) -> list[UserRecord] | AggregateProblem:
    """Take one Kinesis record apart, in the order in which its parts were packed.

    A record without the magic bytes is its own single user record, with the keys given here. An
    aggregate may be empty. Nothing is guessed: one damaged part makes the whole aggregate a problem.
    """
    if not data.startswith(MAGIC):
        return [UserRecord(partition_key, explicit_hash_key, data)]
    if len(data) < len(MAGIC) + DIGEST_BYTES:
        return AggregateProblem(AggregateFault.CHECKSUM_MISMATCH, "too short to hold a checksum")
    body = memoryview(data)[len(MAGIC) : -DIGEST_BYTES]
    if md5(body, usedforsecurity=False).digest() != data[-DIGEST_BYTES:]:
        return AggregateProblem(AggregateFault.CHECKSUM_MISMATCH, "MD5 does not match the contents")
    try:
        return _user_records(_AggregatedRecord.FromString(body))
    except DecodeError:
        return AggregateProblem(AggregateFault.UNREADABLE, "contents are no AggregatedRecord")
    except IndexError:
        return AggregateProblem(AggregateFault.UNREADABLE, "a record points outside the table of keys")


def _user_records(message: Any) -> list[UserRecord]:
    partition_keys = list(message.partition_key_table)
    hash_keys = list(message.explicit_hash_key_table)
    if not hash_keys:
        # Some producers set the index and send no table: then there is no explicit hash key.
        new = tuple.__new__  # a NamedTuple's own constructor costs twice as much
        return [
            new(UserRecord, (partition_keys[r.partition_key_index], None, r.data)) for r in message.records
        ]
    return [
        UserRecord(
            partition_keys[r.partition_key_index],
            hash_keys[r.explicit_hash_key_index] if r.HasField("explicit_hash_key_index") else None,
            r.data,
        )
        for r in message.records
    ]


def pack(records: Iterable[UserRecord]) -> bytes:
    """Pack user records into one aggregate; equal keys share one entry of their table.

    The caller keeps the result within Kinesis's limit and all records within one shard's hash range.
    """
    message = _AggregatedRecord()
    partition_keys: dict[str, int] = {}
    hash_keys: dict[str, int] = {}
    add = message.records.add
    for partition_key, explicit_hash_key, data in records:
        index = partition_keys.setdefault(partition_key, len(partition_keys))
        record = add()
        record.partition_key_index = index
        if explicit_hash_key is not None:
            record.explicit_hash_key_index = hash_keys.setdefault(explicit_hash_key, len(hash_keys))
        record.data = data
    message.partition_key_table.extend(partition_keys)
    message.explicit_hash_key_table.extend(hash_keys)
    body = message.SerializeToString()
    return b"".join((MAGIC, body, md5(body, usedforsecurity=False).digest()))


def hash_key(record: UserRecord) -> int:
    """The place of a record in the stream's hash space: the explicit key where it is a number in
    range, else the MD5 of the partition key. Producers have been seen to send words such as `undefined`.
    """
    explicit = record.explicit_hash_key
    if explicit is not None and explicit.isascii() and explicit.isdecimal() and len(explicit) <= 39:
        value = int(explicit)
        if value <= MAX_HASH_KEY:
            return value
    return int.from_bytes(md5(record.partition_key.encode(), usedforsecurity=False).digest())


def outside(records: Sequence[UserRecord], first: int, last: int) -> list[int]:
    """Places within `records` whose hash key is not in the shard's inclusive range `first`..`last`."""
    return [place for place, record in enumerate(records) if not first <= hash_key(record) <= last]

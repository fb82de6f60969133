import base64
import json
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from aws_kinesis_agg.deaggregator import messages_pb2
from hypothesis import given
from hypothesis import strategies as st

from producer.aggregation import (
    MAGIC,
    MAX_HASH_KEY,
    AggregateFault,
    AggregateProblem,
    UserRecord,
    hash_key,
    is_aggregate,
    outside,
    pack,
    unpack,
)

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "kpl" / "vectors.jsonl"

user_records = st.lists(
    st.builds(
        UserRecord,
        st.text(min_size=1, max_size=256),
        st.none() | st.integers(0, MAX_HASH_KEY).map(str) | st.just("undefined"),
        st.binary(max_size=200),
    ),
    max_size=20,
)


def aggregate_of(message: Any) -> bytes:
    body: bytes = message.SerializeToString()
    return MAGIC + body + md5(body).digest()  # noqa: S324 - the format's


def problem(data: bytes) -> AggregateProblem:
    found = unpack(data, "key")
    assert isinstance(found, AggregateProblem)
    return found


@given(user_records)
def test_what_was_packed_is_unpacked(records: list[UserRecord]) -> None:
    assert unpack(pack(records), "other") == records


@given(st.binary(max_size=100).filter(lambda data: not data.startswith(MAGIC)))
def test_a_record_without_the_magic_bytes_passes_through(data: bytes) -> None:
    assert not is_aggregate(data)
    assert unpack(data, "key", "12") == [UserRecord("key", "12", data)]


@given(user_records, st.data())
def test_one_changed_byte_is_noticed(records: list[UserRecord], data: st.DataObject) -> None:
    packed = bytearray(pack(records))
    place = data.draw(st.integers(len(MAGIC), len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    assert problem(bytes(packed)).fault is AggregateFault.CHECKSUM_MISMATCH


@pytest.mark.parametrize("length", range(len(MAGIC), len(MAGIC) + 16))
def test_an_aggregate_too_short_for_its_checksum_is_a_mismatch(length: int) -> None:
    assert problem(pack([])[:length]).fault is AggregateFault.CHECKSUM_MISMATCH


def test_contents_that_are_no_protobuf_are_unreadable() -> None:
    body = b"\xff" * 8
    assert problem(MAGIC + body + md5(body).digest()).code == "aggregate_unreadable"  # noqa: S324


@pytest.mark.parametrize("indexes", [(1, None), (0, 1), (2**40, None), (0, 2**40)])
def test_a_record_that_points_outside_a_table_makes_the_aggregate_unreadable(
    indexes: tuple[int, int | None],
) -> None:
    message = messages_pb2.AggregatedRecord()
    message.partition_key_table.append("key")
    message.explicit_hash_key_table.append("1")
    message.records.add(partition_key_index=indexes[0], explicit_hash_key_index=indexes[1], data=b"secret")
    found = problem(aggregate_of(message))
    assert found.fault is AggregateFault.UNREADABLE
    assert "secret" not in found.message


def test_an_index_without_a_table_means_no_explicit_hash_key() -> None:
    message = messages_pb2.AggregatedRecord()
    message.partition_key_table.append("key")
    message.records.add(partition_key_index=0, explicit_hash_key_index=0, data=b"d")
    assert unpack(aggregate_of(message), "other") == [UserRecord("key", None, b"d")]


@pytest.mark.parametrize("explicit", ["undefined", "", "-1", str(MAX_HASH_KEY + 1), "1" * 60, "\u0663", None])
def test_an_explicit_hash_key_that_is_no_hash_key_is_passed_over(explicit: str | None) -> None:
    expected = int(md5(b"key").hexdigest(), 16)  # noqa: S324
    assert hash_key(UserRecord("key", explicit, b"")) == expected


def test_records_outside_the_shard_are_found_by_its_inclusive_range() -> None:
    records = [UserRecord("k", str(number), b"") for number in (9, 10, 20, 21, MAX_HASH_KEY)]
    assert outside(records, 10, 20) == [0, 3, 4]


@pytest.mark.skipif(not VECTORS.exists(), reason="needs ../shared/data/kpl")
def test_aggregates_made_by_others_are_read_as_they_meant() -> None:
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        vector = json.loads(line)
        assert unpack(base64.b64decode(vector["base64"]), "other") == [
            UserRecord(
                record["partition_key"], record["explicit_hash_key"], base64.b64decode(record["data_b64"])
            )
            for record in vector["user_records"]
        ], vector["name"]

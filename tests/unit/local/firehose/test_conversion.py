import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.firehose.buffer import Record
from infra.local.firehose.conversion import Converted, convert, parquet_bytes
from infra.local.firehose.destination import Conversion
from infra.local.firehose.hive_types import HiveType, SchemaError, parse_type

ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)
BRONZE = {"event_id": parse_type("string"), "sequence": parse_type("bigint")}


def read(*records: bytes, columns: Mapping[str, HiveType] = BRONZE, ignore_case: bool = True) -> Converted:
    return convert([Record(data, ARRIVED) for data in records], columns, ignore_case=ignore_case)


def rows(converted: Converted) -> list[dict[str, Any]]:
    return list(converted.table.to_pylist())


def test_concatenated_documents_become_rows_in_order() -> None:
    converted = read(
        b'{"event_id":"a","sequence":1}{"event_id":"b","sequence":2}', b'{"event_id":"c","sequence":3}'
    )
    assert [row["event_id"] for row in rows(converted)] == ["a", "b", "c"]
    assert converted.failures == ()


def test_what_looks_like_a_boundary_within_a_string_is_none() -> None:
    converted = read(b'{"event_id":"}{","sequence":1}{"event_id":"{\\"}","sequence":2}')
    assert [row["event_id"] for row in rows(converted)] == ["}{", '{"}']


def test_a_document_cut_between_two_records_is_not_joined() -> None:
    converted = read(b'{"event_id":"a","sequence"', b":1}")
    assert rows(converted) == []
    assert [failure.document for failure in converted.failures] == [b'{"event_id":"a","sequence"', b":1}"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(b'{"event_id":"a}', b'{b"}'), (b'{"a":{"b":1}', b'{"c":1}}'), (b'{"a":[{}', b"{}]}")],
)
def test_records_that_only_together_are_json_are_not_joined(first: bytes, second: bytes) -> None:
    assert len(read(first, second).failures) == 2


def test_a_missing_value_and_null_are_null_and_an_unknown_field_is_ignored() -> None:
    assert rows(read(b'{"event_id":null,"other":{"deep":[1]}}')) == [{"event_id": None, "sequence": None}]


def test_columns_are_found_whatever_their_case() -> None:
    assert rows(read(b'{"Event_ID":"a","SEQUENCE":1}')) == [{"event_id": "a", "sequence": 1}]


def test_case_counts_when_the_serde_is_told_so() -> None:
    assert rows(read(b'{"Event_ID":"a","sequence":"1"}', ignore_case=False)) == [
        {"event_id": None, "sequence": 1}
    ]


def test_scalars_are_turned_into_the_columns_type() -> None:
    converted = read(b'{"event_id":1.50,"sequence":"7"}', b'{"event_id":true}', b'{"event_id":{"a":[1]}}')
    assert rows(converted) == [
        {"event_id": "1.50", "sequence": 7},
        {"event_id": "true", "sequence": None},
        {"event_id": '{"a":[1]}', "sequence": None},
    ]


def test_a_document_that_does_not_fit_fails_alone() -> None:
    converted = read(b'{"sequence":1}{"sequence":"many"}{"sequence":3}')
    assert [row["sequence"] for row in rows(converted)] == [1, 3]
    assert [(one.document, one.code) for one in converted.failures] == [
        (b'{"sequence":"many"}', "DataFormatConversion.MalformedData")
    ]


@pytest.mark.parametrize("number", ["1.5", "9223372036854775808", "true", "[]", "{}"])
def test_what_is_no_bigint_fails(number: str) -> None:
    assert len(read(f'{{"sequence":{number}}}'.encode()).failures) == 1


@pytest.mark.parametrize("data", [b"[]", b'[{"sequence":1}]', b'"text"', b"1"])
def test_an_array_or_a_scalar_is_no_document(data: bytes) -> None:
    assert [one.code for one in read(data).failures] == ["DataFormatConversion.MalformedData"]


@pytest.mark.parametrize("data", [b'{"sequence":1', b'{"sequence":NaN}', b"\xff\xfe", b'{"event_id":"\xff"}'])
def test_what_is_not_json_fails_as_malformed(data: bytes) -> None:
    assert [one.code for one in read(data).failures] == ["DataFormatConversion.ParseError"]


def test_documents_before_a_malformed_one_are_kept() -> None:
    converted = read(b'{"sequence":1}{"sequence":2}{"sequence":', b'{"sequence":4}')
    assert [row["sequence"] for row in rows(converted)] == [1, 2, 4]
    assert [one.document for one in converted.failures] == [b'{"sequence":']


def test_a_lone_surrogate_fails_alone() -> None:
    converted = read(b'{"event_id":"\\ud800"}{"event_id":"good"}')
    assert [row["event_id"] for row in rows(converted)] == ["good"]
    assert len(converted.failures) == 1


documents = st.fixed_dictionaries(
    {},
    optional={
        "event_id": st.none() | st.text(),
        "sequence": st.none() | st.integers(-(2**63), 2**63 - 1),
        "other": st.integers() | st.text() | st.lists(st.booleans()),
    },
)


records_of_documents = st.lists(st.lists(documents, min_size=1, max_size=4), min_size=1, max_size=5)
BOTH_WAYS = [BRONZE, {**BRONZE, "never": parse_type("double")}]  # all at once, and one by one


@pytest.mark.parametrize("columns", BOTH_WAYS)
@given(records=records_of_documents)
def test_whatever_is_written_is_read_back(
    columns: Mapping[str, HiveType], records: Sequence[Sequence[dict[str, Any]]]
) -> None:
    data = ["".join(map(json.dumps, documents)).encode() for documents in records]
    expected = [
        {name: document.get(name) for name in columns} for documents in records for document in documents
    ]
    assert rows(read(*data, columns=columns)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("decimal(10,2)", "1.005", Decimal("1.00")),
        ("decimal(10,2)", 12, Decimal("12.00")),
        ("double", "1.5", 1.5),
        ("boolean", "TRUE", True),
        ("date", "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC).date()),
        ("timestamp", "2026-01-02T03:04:05.5Z", datetime(2026, 1, 2, 3, 4, 5, 500_000)),  # noqa: DTZ001
        ("timestamp", 1_767_323_045_000, datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        ("timestamp", 1_767_323_045, datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        ("array<bigint>", ["1", None], [1, None]),
        ("map<string,int>", {"a": 1}, [("a", 1)]),
        ("struct<sku:string,lines:array<struct<n:int>>>", {"SKU": 1, "lines": [{"n": 2}]}, None),
    ],
)
def test_hive_types_are_read(kind: str, value: object, expected: object) -> None:
    converted = read(json.dumps({"column": value}).encode(), columns={"column": parse_type(kind)})
    assert converted.failures == ()
    assert rows(converted)[0]["column"] == (expected or {"sku": "1", "lines": [{"n": 2}]})


@pytest.mark.parametrize(
    ("kind", "value"), [("decimal(3,2)", "10.00"), ("decimal(3,2)", "x"), ("date", "2nd"), ("tinyint", 128)]
)
def test_values_out_of_a_types_range_fail(kind: str, value: object) -> None:
    assert (
        len(read(json.dumps({"column": value}).encode(), columns={"column": parse_type(kind)}).failures) == 1
    )


@pytest.mark.parametrize("kind", ["uniontype<int>", "array<int", "struct<a>", "", "map<string>"])
def test_an_unknown_type_is_refused(kind: str) -> None:
    with pytest.raises(SchemaError):
        parse_type(kind)


@pytest.mark.parametrize("codec", ["SNAPPY", "GZIP", "UNCOMPRESSED"])
def test_parquet_is_compressed_as_the_stream_says(codec: str) -> None:
    table = read(b'{"event_id":"a"}').table
    written = parquet_bytes(table, Conversion("db", "table", "us-east-1", codec))
    metadata = pyarrow.parquet.read_metadata(io.BytesIO(written))
    assert metadata.row_group(0).column(0).compression == codec
    assert pyarrow.parquet.read_table(io.BytesIO(written)).equals(table)

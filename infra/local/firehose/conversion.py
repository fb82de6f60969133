"""JSON documents to Parquet, by a Glue table's columns.

The fast way reads all records at once with Arrow's JSON reader; records with anything unusual in them are
read the careful way, document by document, which tells those that do not convert.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, NoReturn

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet

from infra.local.firehose.buffer import Record
from infra.local.firehose.destination import Conversion
from infra.local.firehose.hive_types import HiveType

_MALFORMED: Final = "DataFormatConversion.ParseError"
_MISMATCH: Final = "DataFormatConversion.MalformedData"
_CODECS: Final[Mapping[str, Literal["snappy", "gzip", "none"]]] = {
    "SNAPPY": "snappy",
    "GZIP": "gzip",
    "UNCOMPRESSED": "none",
}
_WHITESPACE: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that does not convert; `record` is the Firehose record that carried it."""

    record: Record
    document: bytes
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Converted:
    """All documents that converted, and those that did not."""

    table: pa.Table
    failures: tuple[Failure, ...]


def convert(
    records: Sequence[Record], columns: Mapping[str, HiveType], *, ignore_case: bool = True
) -> Converted:
    """Read every JSON document in `records`; one record may hold several, simply concatenated."""
    table = _read_at_once(records, columns)
    if table is not None:
        return Converted(table, ())
    parts = [_read_record(record, columns, ignore_case=ignore_case) for record in records]
    failures = [failure for part in parts for failure in part.failures]
    return Converted(pa.concat_tables(part.table for part in parts), tuple(failures))


def parquet_bytes(table: pa.Table, conversion: Conversion) -> bytes:
    """Encode as Firehose's Parquet SerDe does by default: format version 1, INT96 timestamps."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(
        table,
        buffer,
        version="1.0",
        compression=_CODECS[conversion.codec],
        use_dictionary=conversion.uses_dictionary,
        use_deprecated_int96_timestamps=True,
    )
    return buffer.getvalue()


def _read_at_once(records: Sequence[Record], columns: Mapping[str, HiveType]) -> pa.Table | None:
    """None where the careful way has to look."""
    if not all(kind.is_plain for kind in columns.values()):
        return None
    documents = [record.data.strip() for record in records]
    # A record that begins and ends a document cannot run into its neighbour unnoticed: an object is not
    # continued by `{`, and a line feed within a string is an error.
    if not all(one.startswith(b"{") and one.endswith(b"}") for one in documents):
        return None
    content = b"\n".join(documents)
    schema = pa.schema([(name, kind.arrow) for name, kind in columns.items()])
    try:
        content.decode()
        table = pyarrow.json.read_json(
            pa.BufferReader(content),  # type: ignore[arg-type]  # the stubs forget it
            # One block: a document is then never cut, and Arrow need not look for its end beforehand.
            read_options=pyarrow.json.ReadOptions(block_size=len(content) + 1, use_threads=False),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=schema),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if any(name.lower() in columns for name in table.column_names if name not in columns):
        return None
    return table.select(schema.names)


def _read_record(record: Record, columns: Mapping[str, HiveType], *, ignore_case: bool) -> Converted:
    table = _read_at_once([record], columns)
    if table is not None:
        return Converted(table, ())
    rows: list[dict[str, Any]] = []
    failures: list[Failure] = []
    for document, value in _documents(record):
        row = value if isinstance(value, _Unreadable) else _row(value, columns, ignore_case=ignore_case)
        if isinstance(row, _Unreadable):
            failures.append(Failure(record, document, row.code, row.message))
        else:
            rows.append(row)
    arrays = [pa.array([row[name] for row in rows], kind.arrow) for name, kind in columns.items()]
    return Converted(pa.Table.from_arrays(arrays, names=list(columns)), tuple(failures))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    code: str
    message: str


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def _documents(record: Record) -> Iterator[tuple[bytes, object]]:
    """Each document of a record with its value; from the first unreadable one on, the rest as one."""
    try:
        text = record.data.decode()
    except UnicodeDecodeError:
        yield record.data, _Unreadable(_MALFORMED, "Encountered malformed JSON. The record is not UTF-8.")
        return
    place = 0
    while True:
        while place < len(text) and text[place] in _WHITESPACE:
            place += 1
        if place == len(text):
            return
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "it cannot be read")
            yield text[place:].encode(), _Unreadable(_MALFORMED, f"Encountered malformed JSON. {reason}.")
            return
        yield text[place:end].encode(), value
        place = end


def _row(
    value: object, columns: Mapping[str, HiveType], *, ignore_case: bool
) -> dict[str, Any] | _Unreadable:
    if not isinstance(value, dict):
        return _Unreadable(_MISMATCH, "Data does not match the schema. The document is not a JSON object.")
    given = {name.lower(): one for name, one in value.items()} if ignore_case else value
    row: dict[str, Any] = {}
    for name, kind in columns.items():
        found = given.get(name)
        try:
            row[name] = None if found is None else kind.convert(found)
        except (ValueError, TypeError, ArithmeticError):
            return _Unreadable(
                _MISMATCH, f"Data does not match the schema. Column {name} takes {kind.arrow}."
            )
    return row

"""JSON text as typed rows: what Athena's JSON SerDes make of it."""

import gzip
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import pyarrow as pa

from infra.local.athena.errors import QueryFailed


def read(body: bytes, schema: pa.Schema, *, key: str, skip_malformed: bool) -> pa.Table:
    """One object per line; names match without regard to case; a value that does not fit is null.

    `QueryFailed` (HIVE_CURSOR_ERROR) on a line that is not a JSON object, unless malformed ones are skipped.
    """
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    rows = [
        {name.lower(): value for name, value in row.items()} for row in _objects(text, key, skip_malformed)
    ]
    return pa.table(
        [
            pa.array([_converted(row.get(field.name), field.type) for row in rows], field.type)
            for field in schema
        ],
        schema=schema,
    )


def _objects(text: bytes, key: str, skip_malformed: bool) -> Iterator[dict[str, Any]]:
    for line in text.split(b"\n"):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if isinstance(row, dict):
            yield row
        elif skip_malformed:
            yield {}
        else:
            raise QueryFailed("HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object: {key}")


def _converted(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    try:
        return _of_kind(value, kind)
    except (ValueError, TypeError, InvalidOperation):
        return None


def _of_kind(value: Any, kind: pa.DataType) -> Any:  # noqa: PLR0911  # one return per kind
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    if pa.types.is_boolean(kind):
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_decimal(kind):
        return round(Decimal(str(value)), kind.scale)
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_list(kind):
        return [_converted(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: _converted(value.get(field.name), field.type) for field in kind}
    if pa.types.is_map(kind):
        return [(name, _converted(item, kind.item_type)) for name, item in value.items()]
    return value

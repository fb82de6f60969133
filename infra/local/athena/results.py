"""Results as Athena gives them: text per value, the CSV object, the pages of GetQueryResults."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa

from infra.local.athena.types import ColumnInfo

Row = tuple[str | None, ...]

# Beyond it Arrow may print a small decimal with an exponent.
_PLAIN_SCALE = 6


@dataclass(frozen=True, slots=True)
class Results:
    """What a statement gave. `is_table` results have a header row and a CSV object, others plain text."""

    columns: Sequence[ColumnInfo]
    rows: Sequence[Row]
    is_table: bool = True

    def page(self, token: str | None, size: int) -> tuple[list[Row], str | None]:
        """Up to `size` rows from `token` on; the header counts as the first row."""
        start = int(token) if token else 0
        header = [tuple(column.name for column in self.columns)] if self.is_table else []
        end = start + size
        rows: list[Row] = list(header[start:end])
        offset = len(header)
        rows += self.rows[max(0, start - offset) : max(0, end - offset)]
        total = len(self.rows) + offset
        return rows, str(end) if end < total else None

    def as_bytes(self) -> bytes:
        """The result object: every value quoted, nulls empty; plain lines where it is not a table."""
        if not self.is_table:
            return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows).encode()
        header = tuple(column.name for column in self.columns)
        return "".join(_csv_line(row) for row in [header, *self.rows]).encode()


def _csv_line(row: Iterable[str | None]) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def rendered(batch: pa.RecordBatch, kinds: Sequence[str]) -> list[Row]:
    """Rows of an Arrow batch as Athena prints values of these types (Athena's names, with parameters)."""
    columns = [_texts(batch.column(place), kind) for place, kind in enumerate(kinds)]
    return list(zip(*columns, strict=True))


def _texts(column: "pa.Array[Any]", kind: str) -> list[str | None]:
    exact = pa.types.is_decimal(column.type) and column.type.scale <= _PLAIN_SCALE
    if exact or pa.types.is_integer(column.type) or pa.types.is_date(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        return cast("list[str | None]", column.to_pylist())
    digits = _fraction_digits(kind)
    return [text(_plain(value, column.type), digits) for value in column.to_pylist()]


def _plain(value: Any, kind: pa.DataType) -> Any:
    """Arrow gives maps as pairs; here they are dictionaries, at any depth."""
    if value is None or not pa.types.is_nested(kind):
        return value
    if pa.types.is_map(kind):
        return {key: _plain(item, kind.item_type) for key, item in value}
    if pa.types.is_struct(kind):
        return {field.name: _plain(value[field.name], field.type) for field in kind}
    item_kind = cast("pa.ListType[Any]", kind).value_type
    return [_plain(item, item_kind) for item in value]


def text(value: Any, fraction_digits: int = 3) -> str | None:  # noqa: PLR0911  # one return per kind
    """One value; `fraction_digits` are those of a timestamp."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return _java_double(value)
    if isinstance(value, datetime):
        return _timestamp(value, fraction_digits)
    if isinstance(value, bytes | bytearray):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_nested(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_nested(item) for item in value) + "]"
    return str(value)


def _nested(value: Any) -> str:
    return "null" if value is None else str(text(value))


def _fraction_digits(kind: str) -> int:
    found = re.match(r"timestamp\((\d+)\)", kind)
    return int(found[1]) if found else 3


def _timestamp(value: datetime, digits: int) -> str:
    zone = ""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
        zone = " UTC"
    fraction = f"{value.microsecond:06d}"[:digits]
    return f"{value:%Y-%m-%d %H:%M:%S}{'.' if digits else ''}{fraction}{zone}"


def _java_double(value: float) -> str:
    """As Java's Double.toString: plain from 1e-3 to 1e7, else with an exponent."""
    if value != value:  # noqa: PLR0124  # NaN
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{Decimal(repr(value)):f}"
        return plain if "." in plain else f"{plain}.0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"

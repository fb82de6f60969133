"""One type in its four spellings: Glue's (Hive), Athena's (Trino), Arrow's and the API's."""

import re
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from sqlglot import exp

_T = exp.DataType.Type

_ARROW: Final[dict[exp.DType, pa.DataType]] = {
    _T.BOOLEAN: pa.bool_(),
    _T.TINYINT: pa.int8(),
    _T.SMALLINT: pa.int16(),
    _T.INT: pa.int32(),
    _T.BIGINT: pa.int64(),
    _T.FLOAT: pa.float32(),
    _T.DOUBLE: pa.float64(),
    _T.VARCHAR: pa.string(),
    _T.TEXT: pa.string(),
    _T.CHAR: pa.string(),
    _T.DATE: pa.date32(),
    _T.TIMESTAMP: pa.timestamp("us"),
    _T.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
    _T.TIME: pa.time64("us"),
    _T.BINARY: pa.binary(),
    _T.VARBINARY: pa.binary(),
    _T.UUID: pa.string(),
}

# Athena reports these precisions for types that have none of their own.
_PRECISION: Final = {
    "bigint": 19,
    "integer": 10,
    "smallint": 5,
    "tinyint": 3,
    "double": 17,
    "real": 17,
    "varchar": 2147483647,
    "varbinary": 1073741824,
    "timestamp": 3,
    "timestamp with time zone": 3,
}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A result column as `ResultSetMetadata` describes it."""

    name: str
    type: str
    precision: int
    scale: int

    def as_api(self) -> dict[str, object]:
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type in {"varchar", "char"},
        }


def column_info(name: str, trino_type: str) -> ColumnInfo:
    """`trino_type` may carry parameters: decimal(38,4), timestamp(6) with time zone."""
    base = re.sub(r"\(.*\)", "", trino_type).strip()
    if base == "decimal":
        precision, scale = (int(number) for number in re.findall(r"\d+", trino_type))
        return ColumnInfo(name, base, precision, scale)
    if base in {"timestamp", "timestamp with time zone"} and (digits := re.search(r"\d+", trino_type)):
        return ColumnInfo(name, base, int(digits.group()), 0)
    base = base if base.split("(")[0] not in {"array", "map", "row"} else base.split("(")[0]
    return ColumnInfo(name, base, _PRECISION.get(base, 0), 0)


def from_hive(hive_type: str) -> exp.DataType:
    """A column's type in the Glue catalogue, `decimal(38,4)`, `array<string>`, `struct<a:int>`."""
    return exp.DataType.build(hive_type.strip().lower(), dialect="hive")


def to_arrow(kind: exp.DataType) -> pa.DataType:
    """The Arrow type that a scan delivers for a column. `KeyError` for types that no table here has."""
    if kind.this == _T.DECIMAL:
        precision, scale = decimal_parameters(kind)
        return pa.decimal128(precision, scale)
    if kind.this in {_T.ARRAY, _T.LIST}:
        return pa.list_(to_arrow(kind.expressions[0]))
    if kind.this == _T.MAP:
        return pa.map_(to_arrow(kind.expressions[0]), to_arrow(kind.expressions[1]))
    if kind.this == _T.STRUCT:
        return pa.struct([(field.name, to_arrow(field.args["kind"])) for field in kind.expressions])
    return _ARROW[kind.this]


def decimal_parameters(kind: exp.DataType) -> tuple[int, int]:
    """Precision and scale; a bare `decimal` is (38, 0)."""
    numbers = [int(parameter.name) for parameter in kind.expressions]
    return (numbers[0] if numbers else 38, numbers[1] if len(numbers) > 1 else 0)


def decimal_type(precision: int, scale: int) -> exp.DataType:
    return exp.DataType.build(f"decimal({min(38, precision)}, {min(38, scale)})")


def to_trino(kind: exp.DataType) -> str:
    """Athena's spelling: varchar, integer, decimal(38,4), timestamp(6) with time zone."""
    if kind.this in {_T.TIMESTAMP, _T.TIMESTAMPTZ}:
        digits = kind.expressions[0].name if kind.expressions else "3"
        zone = " with time zone" if kind.this == _T.TIMESTAMPTZ else ""
        return f"timestamp({digits}){zone}"
    if kind.this in {_T.TEXT, _T.UUID}:
        return "varchar"
    if kind.this == _T.BINARY:
        return "varbinary"
    return kind.sql(dialect="trino").lower().replace(", ", ",")


def from_duckdb(  # noqa: PLR0911  # one return per kind
    duckdb_type: str, annotated: exp.DataType | None
) -> str:
    """Athena's spelling of a result column's type; `annotated` tells the digits of a timestamp."""
    if duckdb_type in {"HUGEINT", "UBIGINT", "UINTEGER", "UHUGEINT"}:
        return "bigint"
    if duckdb_type in {"JSON", "UUID", "VARCHAR"} or duckdb_type.startswith("ENUM"):
        return "json" if duckdb_type == "JSON" else "varchar"
    if duckdb_type in {"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"}:
        return f"timestamp({_digits(annotated)})"
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        return f"timestamp({_digits(annotated)}) with time zone"
    simple = {
        "BLOB": "varbinary",
        "FLOAT": "real",
        '"NULL"': "unknown",
        "INTERVAL": "interval day to second",
    }
    if duckdb_type in simple:
        return simple[duckdb_type]
    if duckdb_type.endswith("[]"):
        return f"array({from_duckdb(duckdb_type[:-2], None)})"
    if duckdb_type.startswith(("MAP", "STRUCT")):
        return to_trino(exp.DataType.build(duckdb_type, dialect="duckdb"))
    return duckdb_type.lower()


def _digits(annotated: exp.DataType | None) -> int:
    if annotated is not None and annotated.this in {_T.TIMESTAMP, _T.TIMESTAMPTZ} and annotated.expressions:
        return int(annotated.expressions[0].name)
    return 3

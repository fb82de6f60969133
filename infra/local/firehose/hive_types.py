"""Hive column types: their Arrow types, and how a JSON value becomes one of them."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

_TOKEN: Final = re.compile(r"[a-z_0-9]+|[<>(),:]")
_EPOCH_SECONDS_LIMIT: Final = 100_000_000_000  # a number above it counts milliseconds


class SchemaError(ValueError):
    """A column type that cannot be understood."""


@dataclass(frozen=True, slots=True)
class HiveType:
    """`convert` turns a value decoded from JSON (never None) into what Arrow takes, or raises ValueError."""

    arrow: pa.DataType
    convert: Callable[[Any], Any]
    is_plain: bool = False  # pyarrow's own JSON reader agrees with `convert` wherever it does not fail


def parse_type(text: str) -> HiveType:
    """Understand `bigint`, `decimal(18,4)`, `array<struct<sku:string>>` and the like."""
    tokens = iter(_TOKEN.findall(text.lower().replace(" ", "")))
    return _parse(next(tokens, ""), tokens)


def _parse(name: str, tokens: Iterator[str]) -> HiveType:
    if name in _SCALARS:
        return _SCALARS[name]
    if name in ("varchar", "char"):
        _arguments(tokens)
        return _SCALARS["string"]
    if name == "decimal":
        precision, scale = (int(number) for number in _arguments(tokens))
        return HiveType(pa.decimal128(precision, scale), _decimal(precision, scale))
    if name == "array":
        return _array(_one(tokens))
    if name == "map":
        _expect(tokens, "<")
        key = _parse(next(tokens, ""), tokens)
        _expect(tokens, ",")
        return _map(key, _closed(tokens))
    if name == "struct":
        return _struct(dict(_fields(tokens)))
    raise SchemaError(f"column type {name!r} is not known to the embedded Firehose")


def _expect(tokens: Iterator[str], wanted: str) -> None:
    found = next(tokens, "")
    if found != wanted:
        raise SchemaError(f"expected {wanted!r} in a column type, found {found!r}")


def _arguments(tokens: Iterator[str]) -> list[str]:
    _expect(tokens, "(")
    return [one for one in itertools.takewhile(")".__ne__, tokens) if one != ","]


def _one(tokens: Iterator[str]) -> HiveType:
    _expect(tokens, "<")
    return _closed(tokens)


def _closed(tokens: Iterator[str]) -> HiveType:
    inner = _parse(next(tokens, ""), tokens)
    _expect(tokens, ">")
    return inner


def _fields(tokens: Iterator[str]) -> Iterator[tuple[str, HiveType]]:
    _expect(tokens, "<")
    separator = ","
    while separator == ",":
        name = next(tokens, "")
        _expect(tokens, ":")
        yield name, _parse(next(tokens, ""), tokens)
        separator = next(tokens, "")
    if separator != ">":
        raise SchemaError("a struct type is not closed")


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    text = str(value)
    text.encode()  # a lone surrogate is no text
    return text


def _integer(bits: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool | dict | list) or (isinstance(value, Decimal) and value % 1):
            raise ValueError("not a whole number")
        number = int(value)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError("out of range")
        return number

    return convert


def _float(value: Any) -> float:
    if isinstance(value, bool | dict | list):
        raise ValueError("not a number")  # noqa: TRY004 - one error for all that does not convert
    return float(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("not a boolean")


def _decimal(precision: int, scale: int) -> Callable[[Any], Decimal]:
    def convert(value: Any) -> Decimal:
        if isinstance(value, bool | dict | list):
            raise ValueError("not a number")  # noqa: TRY004 - one error for all that does not convert
        try:
            number = Decimal(value)
        except ArithmeticError as error:
            raise ValueError("not a number") from error
        if not number.is_finite() or number.adjusted() >= precision - scale:
            raise ValueError("out of range")
        return round(number, scale)

    return convert


def _date(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("not a date")  # noqa: TRY004 - one error for all that does not convert
    return date.fromisoformat(value)


def _timestamp(value: Any) -> datetime:
    if isinstance(value, bool | dict | list):
        raise ValueError("not a time")  # noqa: TRY004 - one error for all that does not convert
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
    seconds = value / 1000 if abs(value) > _EPOCH_SECONDS_LIMIT else value
    return datetime.fromtimestamp(float(seconds), UTC).replace(tzinfo=None)


def _binary(value: Any) -> bytes:
    return _string(value).encode()


def _array(item: HiveType) -> HiveType:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("not an array")  # noqa: TRY004 - one error for all that does not convert
        return [None if one is None else item.convert(one) for one in value]

    return HiveType(pa.list_(item.arrow), convert)


def _map(key: HiveType, item: HiveType) -> HiveType:
    def convert(value: Any) -> list[tuple[Any, Any]]:
        if not isinstance(value, dict):
            raise ValueError("not an object")  # noqa: TRY004 - one error for all that does not convert
        return [
            (key.convert(name), None if one is None else item.convert(one)) for name, one in value.items()
        ]

    return HiveType(pa.map_(key.arrow, item.arrow), convert)


def _struct(fields: dict[str, HiveType]) -> HiveType:
    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("not an object")  # noqa: TRY004 - one error for all that does not convert
        given = {name.lower(): one for name, one in value.items()}
        return {
            name: None if given.get(name) is None else kind.convert(given[name])
            for name, kind in fields.items()
        }

    return HiveType(pa.struct([(name, kind.arrow) for name, kind in fields.items()]), convert)


_SCALARS: Final = {
    "string": HiveType(pa.string(), _string, is_plain=True),
    "bigint": HiveType(pa.int64(), _integer(64), is_plain=True),
    "int": HiveType(pa.int32(), _integer(32)),
    "integer": HiveType(pa.int32(), _integer(32)),
    "smallint": HiveType(pa.int16(), _integer(16)),
    "tinyint": HiveType(pa.int8(), _integer(8)),
    "double": HiveType(pa.float64(), _float),
    "float": HiveType(pa.float32(), _float),
    "boolean": HiveType(pa.bool_(), _boolean, is_plain=True),
    "date": HiveType(pa.date32(), _date),
    "timestamp": HiveType(pa.timestamp("us"), _timestamp),
    "binary": HiveType(pa.binary(), _binary),
}

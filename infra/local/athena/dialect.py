"""Trino's meaning in DuckDB's words: what sqlglot's transpiler leaves different is mended here.

`to_duckdb` takes a qualified, annotated tree. DuckDB divides decimals as doubles, so
decimal division is a macro per pair of types, which `register_functions` defines for a query's text.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

import duckdb
from sqlglot import exp

from infra.local.athena.projection import java_format
from infra.local.athena.types import decimal_parameters
from infra.local.athena.typing_rules import as_decimal, division, is_decimal, is_integer, type_of

_T = exp.DataType.Type
_DIGITS_OF_64_BITS: Final = 18
_DIVIDE = re.compile(r"decimal_divide_(\d+)_(\d+)_(\d+)_(\d+)", re.IGNORECASE)

# A WITH-less prologue of every connection.
MACROS: Final = (
    "CREATE MACRO trino_int_divide(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a // b END",
    """CREATE MACRO trino_json_scalar(j, p) AS CASE WHEN json_valid(j) THEN
    CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(j, p) END END""",
    "CREATE MACRO map_agg(k, v) AS map(list(k), list(v))",
    "CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE)",
    "CREATE MACRO trino_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END",
)


def to_duckdb(tree: exp.Query, now: datetime) -> exp.Query:
    """The same query with DuckDB's functions and Trino's results; `now` is the time that the query sees."""
    for node in list(tree.walk(bfs=False))[::-1]:
        rule = _RULES.get(cast("type[exp.Expression]", type(node)))
        if rule is not None:
            replacement = rule(node, now)
            if replacement is not node:
                _replace(node, replacement)
    return tree


def _replace(node: Any, replacement: exp.Expression) -> None:
    # What encloses it is looked at later, and by type.
    replacement.type = node.type
    node.replace(replacement)


def register_functions(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Define the macros, and the decimal divisions that `sql` names."""
    for macro in MACROS:
        connection.execute(macro)
    for p1, s1, p2, s2 in {found.groups() for found in _DIVIDE.finditer(sql)}:
        left, right = (int(p1), int(s1)), (int(p2), int(s2))
        connection.execute(_division_macro(f"decimal_divide_{p1}_{s1}_{p2}_{s2}", left, right))


def _division_macro(name: str, left: tuple[int, int], right: tuple[int, int]) -> str:
    """Decimal division in whole numbers of 128 bits, rounded half away from zero.

    Exact, or an overflow error where a numerator needs more than 38 digits.
    """
    precision, scale = decimal_parameters(division(_decimal(*left), _decimal(*right)))
    numerator = f"{_unscaled('a', left[1])} * {10 ** (scale - left[1] + right[1])}::HUGEINT"
    denominator = _unscaled("b", right[1])
    rounded = f"(2::HUGEINT * abs({numerator}) + abs({denominator})) // (2::HUGEINT * abs({denominator}))"
    signed = f"CASE WHEN (a < 0) = (b < 0) THEN {rounded} ELSE -({rounded}) END"
    point = f" * 1e-{scale}::DECIMAL({scale},{scale})" if scale else ""
    return (
        f"CREATE MACRO {name}(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') "
        f"ELSE ((({signed})::DECIMAL(38,0)){point})::DECIMAL({precision},{scale}) END"
    )


def _unscaled(argument: str, scale: int) -> str:
    return f"({argument}::DECIMAL(38,{scale}) * {10**scale}::DECIMAL({scale + 1},0))::HUGEINT"


def _decimal(precision: int, scale: int) -> exp.DataType:
    return exp.DataType.build(f"decimal({precision}, {scale})")


def _divide(left: Any, right: Any, left_kind: exp.DataType, right_kind: exp.DataType) -> exp.Expression:
    a, b = as_decimal(left_kind), as_decimal(right_kind)
    if a is None or b is None:
        return exp.Div(this=left, expression=right, typed=False, safe=False)
    return exp.Anonymous(
        this=f"decimal_divide_{a[0]}_{a[1]}_{b[0]}_{b[1]}",
        expressions=[exp.cast(left, f"decimal({a[0]}, {a[1]})"), exp.cast(right, f"decimal({b[0]}, {b[1]})")],
    )


def _div(node: exp.Div, _: datetime) -> exp.Expression:
    left, right = node.left, node.right
    if is_integer(left) and is_integer(right):
        return exp.Anonymous(this="trino_int_divide", expressions=[left.copy(), right.copy()])
    if (is_decimal(left) or is_decimal(right)) and as_decimal(type_of(node)) is not None:
        return _divide(left.copy(), right.copy(), type_of(left), type_of(right))
    node.set("typed", False)
    return node


def _outermost(node: exp.Expression) -> exp.Expression:
    while isinstance(node.parent, exp.Filter | exp.Window | exp.IgnoreNulls) and node.arg_key == "this":
        node = node.parent
    return node


def _sum(node: exp.Sum, _: datetime) -> exp.Expression:
    if is_integer(node.this):
        outer = _outermost(node)
        # DuckDB sums integers as HUGEINT; replaced in place, as the node may sit in OVER or FILTER.
        _replace(outer, exp.cast(outer.copy(), "bigint"))
    return node


def _avg(node: exp.Avg, _: datetime) -> exp.Expression:
    if not is_decimal(node.this):
        return node
    outer = _outermost(node)

    def counterpart(kind: type[exp.Expression]) -> exp.Expression:
        made = kind(this=node.this.copy())
        if outer is node:
            return made
        copied = outer.copy()
        next(copied.find_all(exp.Avg)).replace(made)
        return copied

    precision, scale = decimal_parameters(type_of(node.this))
    quotient = _divide(
        counterpart(exp.Sum),
        _count_or_null(counterpart(exp.Count)),
        _decimal(38, scale),
        exp.DataType.build("bigint"),
    )
    _replace(outer, exp.cast(quotient, f"decimal({precision}, {scale})"))
    return node


def _count_or_null(count: exp.Expression) -> exp.Expression:
    return exp.Nullif(this=count, expression=exp.Literal.number(0))


def _round(node: exp.Round, _: datetime) -> exp.Expression:
    if not is_decimal(node):
        return node
    precision, scale = decimal_parameters(type_of(node))
    return exp.cast(node.copy(), f"decimal({precision}, {scale})")


def _widened(node: Any, _: datetime) -> Any:
    """DuckDB keeps results of decimals of up to 18 digits within 18 digits, and overflows."""
    if not is_decimal(node) or decimal_parameters(type_of(node))[0] <= _DIGITS_OF_64_BITS:
        return node
    left = as_decimal(type_of(node.left))
    if left is None or left[0] > _DIGITS_OF_64_BITS:
        return node
    made = node.copy()
    made.set("this", exp.cast(made.left, f"decimal(38, {left[1]})"))
    precision, scale = decimal_parameters(type_of(node))
    return exp.cast(made, f"decimal({precision}, {scale})")


def _sum_or_difference(node: Any, now: datetime) -> Any:
    return _widened(node, now) if is_decimal(node) else _date_arithmetic(node, now)


def _date_arithmetic(node: exp.Expression, _: datetime) -> exp.Expression:
    is_date = type_of(node.this).this == _T.DATE
    by_interval = isinstance(node.expression, exp.Interval) or isinstance(node, exp.DateAdd | exp.DateSub)
    return exp.cast(node.copy(), "date") if is_date and by_interval else node


def _date_trunc(node: exp.Expression, _: datetime) -> exp.Expression:
    return exp.cast(node.copy(), "date") if type_of(node.this).this == _T.DATE else node


def _date_diff(node: exp.DateDiff, _: datetime) -> exp.Expression:
    # Trino counts whole units, DuckDB's date_diff counts the boundaries that were crossed.
    unit = (node.text("unit") or "day").lower()
    return exp.Anonymous(
        this="date_sub",
        expressions=[exp.Literal.string(unit), node.expression.copy(), node.this.copy()],
    )


def _at_time_zone(node: exp.AtTimeZone, _: datetime) -> exp.Expression:
    node.set("this", exp.cast(node.this.copy(), "timestamptz"))
    return node


def _json_extract(node: exp.JSONExtract | exp.JSONExtractScalar, _: datetime) -> exp.Expression:
    path = node.expression
    text = path.sql(dialect="duckdb").strip("'") if isinstance(path, exp.JSONPath) else None
    argument = exp.Literal.string(text) if text is not None else path.copy()
    function = "trino_json_scalar" if isinstance(node, exp.JSONExtractScalar) else "trino_json_extract"
    return exp.Anonymous(this=function, expressions=[node.this.copy(), argument])


def _approx_distinct(node: exp.ApproxDistinct, _: datetime) -> exp.Expression:
    return exp.Count(this=exp.Distinct(expressions=[node.this.copy()]))


def _null_if_any_is_null(node: exp.Expression, _: datetime) -> exp.Expression:
    operands = [node.this, *node.expressions]
    condition = exp.or_(*(exp.Is(this=operand.copy(), expression=exp.Null()) for operand in operands))
    return exp.Case(ifs=[exp.If(this=condition, true=exp.Null())], default=node.copy())


def _current_timestamp(_: exp.Expression, now: datetime) -> exp.Expression:
    return exp.cast(exp.Literal.string(now.isoformat(sep=" ", timespec="milliseconds")), "timestamptz")


def _current_date(_: exp.Expression, now: datetime) -> exp.Expression:
    return exp.cast(exp.Literal.string(now.date().isoformat()), "date")


def _anonymous(node: exp.Anonymous, now: datetime) -> exp.Expression:
    name, arguments = node.name.lower(), node.expressions
    if name == "at_timezone":
        return exp.AtTimeZone(this=exp.cast(arguments[0].copy(), "timestamptz"), zone=arguments[1].copy())
    if name == "now":
        return _current_timestamp(node, now)
    if name == "from_unixtime_nanos":
        micros = exp.IntDiv(this=exp.paren(arguments[0].copy()), expression=exp.Literal.number(1000))
        return exp.Anonymous(this="make_timestamptz", expressions=[micros])
    if name in {"format_datetime", "parse_datetime"}:
        layout = exp.Literal.string(java_format(arguments[1].name))
        function = "strftime" if name == "format_datetime" else "strptime"
        return exp.Anonymous(this=function, expressions=[arguments[0].copy(), layout])
    return node


_RULES: Final[dict[type[exp.Expression], Callable[[Any, datetime], exp.Expression]]] = {
    exp.Div: _div,
    exp.Sum: _sum,
    exp.Avg: _avg,
    exp.Round: _round,
    exp.Add: _sum_or_difference,
    exp.Sub: _sum_or_difference,
    exp.Mul: _widened,
    exp.DateAdd: _date_arithmetic,
    exp.DateSub: _date_arithmetic,
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.DateDiff: _date_diff,
    exp.AtTimeZone: _at_time_zone,
    exp.JSONExtractScalar: _json_extract,
    exp.JSONExtract: _json_extract,
    exp.ApproxDistinct: _approx_distinct,
    exp.Greatest: _null_if_any_is_null,
    exp.Least: _null_if_any_is_null,
    exp.CurrentTimestamp: _current_timestamp,
    exp.CurrentDate: _current_date,
    exp.Anonymous: _anonymous,
}

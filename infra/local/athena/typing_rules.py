"""Trino's types of expressions, where sqlglot's own annotations are too coarse: decimals above all.

Only what decides how an expression is executed is told apart; unknown stays unknown, and is left to DuckDB.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.trino import Trino

from infra.local.athena.types import decimal_parameters, decimal_type

_T = exp.DataType.Type
INTEGERS: Final = frozenset({_T.TINYINT, _T.SMALLINT, _T.INT, _T.BIGINT})
_DIGITS: Final = {_T.TINYINT: 3, _T.SMALLINT: 5, _T.INT: 10, _T.BIGINT: 19}
_UNKNOWN: Final = exp.DataType.build("unknown")
_DOUBLE: Final = exp.DataType.build("double")
_BIGINT: Final = exp.DataType.build("bigint")

Annotate = Callable[[Any, Any], Any]


def type_of(node: Any) -> exp.DataType:
    kind = None if node is None else node.type
    return kind if isinstance(kind, exp.DataType) else _UNKNOWN


def is_integer(node: Any) -> bool:
    return type_of(node).this in INTEGERS


def is_decimal(node: Any) -> bool:
    return bool(type_of(node).this == _T.DECIMAL)


def as_decimal(kind: exp.DataType) -> tuple[int, int] | None:
    """Precision and scale of a decimal, or of an integer in decimal arithmetic; None for others."""
    if kind.this == _T.DECIMAL:
        return decimal_parameters(kind)
    digits = _DIGITS.get(kind.this)
    return None if digits is None else (digits, 0)


def division(left: exp.DataType, right: exp.DataType) -> exp.DataType:
    """The type of left / right in Trino."""
    if left.this in INTEGERS and right.this in INTEGERS:
        return left if _DIGITS[left.this] >= _DIGITS[right.this] else right
    a, b = as_decimal(left), as_decimal(right)
    if a is None or b is None:
        return _UNKNOWN if _T.UNKNOWN in {left.this, right.this} else _DOUBLE
    return decimal_type(a[0] + b[1] + max(b[1] - a[1], 0), max(a[1], b[1]))


def _sum_or_difference(left: exp.DataType, right: exp.DataType) -> exp.DataType | None:
    a, b = as_decimal(left), as_decimal(right)
    if a is None or b is None or _T.DECIMAL not in {left.this, right.this}:
        return None
    scale = max(a[1], b[1])
    return decimal_type(max(a[0] - a[1], b[0] - b[1]) + scale + 1, scale)


def _product(left: exp.DataType, right: exp.DataType) -> exp.DataType | None:
    a, b = as_decimal(left), as_decimal(right)
    if a is None or b is None or _T.DECIMAL not in {left.this, right.this}:
        return None
    return decimal_type(a[0] + b[0], a[1] + b[1])


def common(kinds: list[exp.DataType]) -> exp.DataType | None:
    """The type that several decimals and integers have in common; None if others are among them."""
    known = [kind for kind in kinds if kind.this not in {_T.NULL, _T.UNKNOWN}]
    if not known or not any(kind.this == _T.DECIMAL for kind in known):
        return None
    decimals = [as_decimal(kind) for kind in known]
    present = [found for found in decimals if found is not None]
    if len(present) != len(decimals):
        return None
    scale = max(found[1] for found in present)
    return decimal_type(max(found[0] - found[1] for found in present) + scale, scale)


def _binary(
    rule: Callable[[exp.DataType, exp.DataType], exp.DataType | None], otherwise: Annotate
) -> Annotate:
    def annotate(annotator: Any, node: Any) -> Any:
        kind = rule(type_of(node.left), type_of(node.right))
        if kind is None:
            return otherwise(annotator, node)
        annotator._set_type(node, kind)
        return node

    return annotate


def _numbers(operands: Callable[[Any], list[Any]], otherwise: Annotate) -> Annotate:
    def annotate(annotator: Any, node: Any) -> Any:
        kind = common([type_of(operand) for operand in operands(node)])
        if kind is None:
            return otherwise(annotator, node)
        annotator._set_type(node, kind)
        return node

    return annotate


def _literal(annotator: Any, node: exp.Literal) -> exp.Literal:
    text = node.name
    if node.is_string:
        kind = exp.DataType.build("varchar")
    elif "e" in text.lower():
        kind = _DOUBLE
    elif "." in text:
        whole, _, fraction = text.partition(".")
        kind = decimal_type(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
    else:
        kind = exp.DataType.build("int") if int(text) < 2**31 else _BIGINT
    annotator._set_type(node, kind)
    return node


def _sum(annotator: Any, node: exp.Sum) -> exp.Sum:
    argument = type_of(node.this)
    if argument.this in INTEGERS:
        kind = _BIGINT
    elif argument.this == _T.DECIMAL:
        kind = decimal_type(38, decimal_parameters(argument)[1])
    else:
        kind = argument
    annotator._set_type(node, kind)
    return node


def _average(annotator: Any, node: exp.Avg) -> exp.Avg:
    argument = type_of(node.this)
    annotator._set_type(node, argument if argument.this == _T.DECIMAL else _DOUBLE)
    return node


def _round(annotator: Any, node: exp.Round) -> exp.Round:
    argument = type_of(node.this)
    kind = argument
    if argument.this == _T.DECIMAL:
        precision, scale = decimal_parameters(argument)
        has_digits = node.args.get("decimals") is not None
        kind = decimal_type(precision + 1, scale) if has_digits else decimal_type(precision - scale + 1, 0)
    annotator._set_type(node, kind)
    return node


def _current_timestamp(annotator: Any, node: Any) -> Any:
    annotator._set_type(node, exp.DataType.build("timestamp(3) with time zone", dialect="trino"))
    return node


def _sqlglots(kind: type[exp.Expression]) -> Annotate:
    found = Trino.EXPRESSION_METADATA.get(kind, {})
    if "annotator" in found:
        annotator: Annotate = found["annotator"]
        return annotator

    def annotate(annotator: Any, node: Any) -> Any:
        annotator._set_type(node, found.get("returns"))
        return node

    return annotate


def _branches(node: exp.Case) -> list[Any]:
    default = node.args.get("default")
    return [branch.args["true"] for branch in node.args["ifs"]] + ([default] if default is not None else [])


def _if_branches(node: exp.If) -> list[Any]:
    return [branch for branch in (node.args.get("true"), node.args.get("false")) if branch is not None]


METADATA: Final[dict[Any, dict[str, Any]]] = {
    **Trino.EXPRESSION_METADATA,
    exp.Literal: {"annotator": _literal},
    exp.Div: {"annotator": _binary(division, _sqlglots(exp.Div))},
    exp.Add: {"annotator": _binary(_sum_or_difference, _sqlglots(exp.Add))},
    exp.Sub: {"annotator": _binary(_sum_or_difference, _sqlglots(exp.Sub))},
    exp.Mul: {"annotator": _binary(_product, _sqlglots(exp.Mul))},
    exp.Sum: {"annotator": _sum},
    exp.Avg: {"annotator": _average},
    exp.Round: {"annotator": _round},
    exp.Coalesce: {
        "annotator": _numbers(lambda node: [node.this, *node.expressions], _sqlglots(exp.Coalesce))
    },
    exp.Case: {"annotator": _numbers(_branches, _sqlglots(exp.Case))},
    exp.If: {"annotator": _numbers(_if_branches, _sqlglots(exp.If))},
    exp.CurrentTimestamp: {"annotator": _current_timestamp},
}

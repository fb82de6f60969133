"""CloudWatch's metric math: expressions over time series.

The grammar is close enough to Python's that `ast` parses it; a walker then accepts what is listed here and
nothing else. Not supported: SEARCH, SELECT, anomaly detection, and functions that are not in `FUNCTIONS`.
"""

import ast
import operator
import re
from collections.abc import Callable
from typing import Final

from infra.local.cloudwatch.metric_math_functions import FILLS, FUNCTIONS
from infra.local.cloudwatch.time_series import Context, MetricMathError, Series, Value, combine, many

_TOKENS: Final = re.compile(r"""("[^"]*"|'[^']*')|(&&|\bAND\b)|(\|\||\bOR\b)|(\^)""")
_ARITHMETIC: Final[dict[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.And: lambda a, b: float(bool(a) and bool(b)),
    ast.Or: lambda a, b: float(bool(a) or bool(b)),
}


def parse(expression: str) -> ast.expr:
    """The expression's tree. `MetricMathError` where it is no expression."""
    try:
        return ast.parse(_TOKENS.sub(_as_python, expression).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise MetricMathError(f"Error in expression '{expression}': not a metric math expression") from error


def _as_python(match: re.Match[str]) -> str:
    text, both, either, _ = match.groups()
    if text:
        return str(text)
    return " and " if both else " or " if either else "**"


def names(tree: ast.expr) -> set[str]:
    """The ids that the expression refers to."""
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - called - FILLS


def run(context: Context, label: str, tree: ast.expr) -> tuple[Series, ...]:
    """The time series that the expression yields; a number becomes a flat one."""
    match evaluate(context, tree):
        case Series() as one:
            return (Series(label, one.values),)
        case tuple() as several:
            return several
        case float() as number:
            return (Series(label, dict.fromkeys(context.timeline, number)),)
    raise MetricMathError("an expression must yield a number or time series")


def evaluate(context: Context, node: ast.expr) -> Value:
    """The value of the expression. `MetricMathError` for what is not supported."""
    found: Value
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            found = float(number)
        case ast.Constant(value=str() as text):
            found = text
        case ast.Name(id=name):
            found = name if name in FILLS else context.series(name)
        case ast.List(elts=elements):
            found = tuple(series for element in elements for series in many(evaluate(context, element)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = combine(operator.sub, 0.0, evaluate(context, operand))
        case (
            ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right])
        ) if type(op) in _ARITHMETIC:
            found = combine(_ARITHMETIC[type(op)], evaluate(context, left), evaluate(context, right))
        case ast.BoolOp(op=op, values=[first, *others]):
            found = evaluate(context, first)
            for other in others:
                found = combine(_ARITHMETIC[type(op)], found, evaluate(context, other))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            found = FUNCTIONS[name](context, [evaluate(context, argument) for argument in arguments])
        case _:
            raise MetricMathError(f"not supported in metric math here: {ast.unparse(node)}")
    return found

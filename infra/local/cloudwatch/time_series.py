"""Time series and what can be done to them point by point: the values of metric math."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite


class MetricMathError(Exception):
    """The expression is none, uses what is not supported, or mixes values that do not go together."""


@dataclass(frozen=True)
class Series:
    """Values by epoch second; seconds without data are absent."""

    id: str
    values: Mapping[int, float]


Value = float | str | Series | tuple[Series, ...]


@dataclass(frozen=True)
class Context:
    """What an expression is evaluated in: the periods' starts, their length in seconds, the series by id.

    `metrics` are the plain metrics of the request, for METRICS().
    """

    timeline: Sequence[int]
    period: int
    series: Callable[[str], Series]
    metrics: Callable[[], Sequence[Series]]


def combine(apply: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Apply point by point; numbers spread over series, series over lists.

    Points that one side lacks, or that come out infinite, are left out.
    """
    match left, right:
        case float(), float():
            result = _finite(apply, left, right)
            if result is None:
                raise MetricMathError("the expression divides by zero")
            return result
        case Series(), float():
            return Series(left.id, points((at, apply, value, right) for at, value in left.values.items()))
        case float(), Series():
            return Series(right.id, points((at, apply, left, value) for at, value in right.values.items()))
        case Series(), Series():
            both = (
                (at, apply, value, right.values[at])
                for at, value in left.values.items()
                if at in right.values
            )
            return Series(left.id, points(both))
        case tuple(), float() | Series():
            return tuple(one(combine(apply, each, right)) for each in left)
        case float() | Series(), tuple():
            return tuple(one(combine(apply, left, each)) for each in right)
    raise MetricMathError("arithmetic takes numbers and time series, and one list of series at most")


def points(
    steps: Iterable[tuple[int, Callable[[float, float], float], float, float]],
) -> dict[int, float]:
    """Each step's function applied to its two numbers, by the step's second; without what is not finite."""
    found = ((at, _finite(apply, left, right)) for at, apply, left, right in steps)
    return {at: value for at, value in found if value is not None}


def _finite(apply: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        result = apply(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    # A negative number to a broken power is complex.
    return result if not isinstance(result, complex) and isfinite(result) else None


def one(value: Value) -> Series:
    """The value as the one series that it must be."""
    if isinstance(value, Series):
        return value
    raise MetricMathError("expected one time series")


def many(value: Value) -> tuple[Series, ...]:
    """The value as a list of series."""
    match value:
        case Series():
            return (value,)
        case tuple():
            return value
    raise MetricMathError("expected time series")

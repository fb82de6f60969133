"""The functions of CloudWatch's metric math that are supported here."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log, log10
from typing import Final

from infra.local.cloudwatch.time_series import Context, MetricMathError, Series, Value, many, one, points

_Reducer = Callable[[Iterable[float]], float]


def _only(arguments: Sequence[Value]) -> Value:
    if len(arguments) != 1:
        raise MetricMathError("the function takes one argument")
    return arguments[0]


def _reduce(reducer: _Reducer) -> Callable[[Context, Sequence[Value]], Value]:
    """Of one series its number; of a list the series of its points' numbers."""

    def apply(context: Context, arguments: Sequence[Value]) -> Value:
        match _only(arguments):
            case Series(values=values):
                return float(reducer(values.values())) if values else Series("", {})
            case tuple() as several:
                points = {at: [s.values[at] for s in several if at in s.values] for at in context.timeline}
                return Series("", {at: float(reducer(found)) for at, found in points.items() if found})
        raise MetricMathError("the function takes a time series or a list of them")

    return apply


def _each(change: Callable[[Series], Mapping[int, float]]) -> Callable[[Context, Sequence[Value]], Value]:
    """Change a series, or every one of a list."""

    def apply(_: Context, arguments: Sequence[Value]) -> Value:
        match _only(arguments):
            case Series() as one:
                return Series(one.id, change(one))
            case tuple() as several:
                return tuple(Series(each.id, change(each)) for each in several)
            case float() as number:
                flat = change(Series("", {0: number}))
                return flat[0] if flat else number
        raise MetricMathError("the function takes time series")

    return apply


def _map(change: Callable[[float], float]) -> Callable[[Context, Sequence[Value]], Value]:
    return _each(
        lambda series: points((at, lambda a, _: change(a), value, 0.0) for at, value in series.values.items())
    )


def _steps(change: Callable[[float, float, int], float]) -> Callable[[Context, Sequence[Value]], Value]:
    """From each point and the one before it: the earlier value, the later value, the seconds between."""

    def stepped(series: Series) -> dict[int, float]:
        ordered = sorted(series.values.items())
        return {
            late: change(before, after, late - early) for (early, before), (late, after) in pairwise(ordered)
        }

    return _each(stepped)


def _running_sum(series: Series) -> dict[int, float]:
    total, found = 0.0, {}
    for at, value in sorted(series.values.items()):
        total += value
        found[at] = total
    return found


def _if(_: Context, arguments: Sequence[Value]) -> Value:
    if len(arguments) not in (2, 3):
        raise MetricMathError("IF takes a condition, a value and possibly another")
    condition, yes, no = arguments[0], arguments[1], arguments[2] if len(arguments) == 3 else Series("", {})
    if isinstance(condition, float):
        return yes if condition else no
    chosen = ((at, yes if truth else no) for at, truth in one(condition).values.items())
    points = ((at, _at(value, at)) for at, value in chosen)
    return Series("", {at: value for at, value in points if value is not None})


def _at(value: Value, at: int) -> float | None:
    match value:
        case float():
            return value
        case Series(values=values):
            return values.get(at)
    raise MetricMathError("IF chooses between numbers and time series")


FILLS: Final = frozenset({"REPEAT", "LINEAR"})


def _fill(context: Context, arguments: Sequence[Value]) -> Value:
    if len(arguments) != 2:
        raise MetricMathError("FILL takes a time series and what to fill with")
    match arguments:
        case [Series() as series, filler]:
            return Series(series.id, _filled(context.timeline, series.values, filler))
        case [tuple() as several, filler]:
            return tuple(Series(each.id, _filled(context.timeline, each.values, filler)) for each in several)
    raise MetricMathError("FILL takes a time series and what to fill with")


def _filled(timeline: Sequence[int], values: Mapping[int, float], filler: Value) -> dict[int, float]:
    known = sorted(values)
    found: dict[int, float] = {}
    for at in timeline:
        before = [each for each in known if each < at]
        after = [each for each in known if each > at]
        if at in values:
            found[at] = values[at]
        elif filler == "REPEAT":
            if before:
                found[at] = values[before[-1]]
        elif filler == "LINEAR":
            if before and after:
                share = (at - before[-1]) / (after[0] - before[-1])
                found[at] = values[before[-1]] + share * (values[after[0]] - values[before[-1]])
        else:
            stand_in = _at(filler, at)
            if stand_in is not None:
                found[at] = stand_in
    return found


def _metrics(context: Context, arguments: Sequence[Value]) -> Value:
    match arguments:
        case []:
            return tuple(context.metrics())
        case [str() as part]:
            return tuple(series for series in context.metrics() if part in series.id)
    raise MetricMathError("METRICS takes nothing or a part of the ids")


def _edge(pick: Callable[[Sequence[float]], float]) -> Callable[[Context, Sequence[Value]], Value]:
    def apply(_: Context, arguments: Sequence[Value]) -> Value:
        match _only(arguments):
            case tuple() as several if several:
                chosen: Series = several[int(pick(range(len(several))))]
                return chosen
            case Series(values=values) if values:
                return float(pick([value for _, value in sorted(values.items())]))
        return Series("", {})

    return apply


def _metric_count(_: Context, arguments: Sequence[Value]) -> Value:
    return float(len(many(_only(arguments))))


def _time_series(context: Context, arguments: Sequence[Value]) -> Value:
    number = _only(arguments)
    if not isinstance(number, float):
        raise MetricMathError("TIME_SERIES takes a number")
    return Series("", dict.fromkeys(context.timeline, number))


def _period(context: Context, arguments: Sequence[Value]) -> Value:
    one(_only(arguments))
    return float(context.period)


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


FUNCTIONS: Final[dict[str, Callable[[Context, Sequence[Value]], Value]]] = {
    "ABS": _map(abs),
    "AVG": _reduce(_mean),
    "CEIL": _map(ceil),
    "DATAPOINT_COUNT": _reduce(lambda values: float(sum(1 for _ in values))),
    "DIFF": _steps(lambda before, after, _: after - before),
    "DIFF_TIME": _steps(lambda _before, _after, seconds: float(seconds)),
    "FILL": _fill,
    "FIRST": _edge(lambda values: values[0]),
    "FLOOR": _map(floor),
    "IF": _if,
    "LAST": _edge(lambda values: values[-1]),
    "LOG": _map(log),
    "LOG10": _map(log10),
    "MAX": _reduce(max),
    "METRICS": _metrics,
    "METRIC_COUNT": _metric_count,
    "MIN": _reduce(min),
    "PERIOD": _period,
    "RATE": _steps(lambda before, after, seconds: (after - before) / seconds),
    "RUNNING_SUM": _each(_running_sum),
    "STDDEV": _reduce(lambda values: statistics.pstdev(list(values))),
    "SUM": _reduce(sum),
    "TIME_SERIES": _time_series,
}

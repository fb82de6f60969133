"""What an alarm sees at one moment: its points from the metric store, judged by the rules, put into words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.cloudwatch.alarm_rules import MissingData, Point, Rule, State, Verdict, assess
from infra.local.cloudwatch.metric_store import Metric, MetricStore
from infra.local.cloudwatch.queries import Query, QueryRun
from infra.local.cloudwatch.statistics import samples_needed

_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_FILLED_AS = {MissingData.BREACHING: "Breaching", MissingData.NOT_BREACHING: "NonBreaching"}


@dataclass(frozen=True)
class Watch:
    """What an alarm watches: a statistic of a metric, or the query `result` of several."""

    rule: Rule
    period: int
    statistic: str
    metric: Metric | None = None
    unit: str | None = None
    queries: Sequence[Query] = ()
    result: str = ""
    ignore_low_samples: bool = False
    m_of_n: bool = False  # whether DatapointsToAlarm was given: it shows in the reason


@dataclass(frozen=True)
class Finding:
    """What an evaluation found: the state that follows (None: it stays), and why."""

    state: State | None
    reason: str = ""
    reason_data: dict[str, Any] = field(default_factory=dict)


def evaluate(watch: Watch, store: MetricStore, at: int, current: State) -> Finding:
    """Judge the alarm at the epoch second `at`, where its last period ends."""
    start = at - watch.rule.evaluation_range * watch.period
    points = _points(watch, store, start, at)
    if points is None:
        return Finding(None)
    verdict = assess(watch.rule, points)
    if verdict.state is None or verdict.state is current:
        return Finding(None)
    return Finding(verdict.state, _reason(watch, verdict), _reason_data(watch, verdict, at))


def _points(watch: Watch, store: MetricStore, start: int, end: int) -> list[Point | None] | None:
    """The range's points, oldest first; None if they are too few samples to judge by."""
    values: dict[int, float] = {}
    if watch.metric is None:
        series = QueryRun(store, watch.queries, start, end).series(watch.result)
        values = dict(series[0].values) if series else {}
    else:
        windows = store.read(
            watch.metric,
            datetime.fromtimestamp(start, UTC),
            datetime.fromtimestamp(end, UTC),
            watch.period,
            watch.unit,
        )
        judged = list(windows.values())[-watch.rule.evaluation_periods :]
        if watch.ignore_low_samples and sum(each.count for each in judged) < samples_needed(watch.statistic):
            return None
        for window, each in windows.items():
            value = each.statistic(watch.statistic)
            if value is not None:
                values[window] = value
    return [Point(each, values[each]) if each in values else None for each in range(start, end, watch.period)]


def _reason(watch: Watch, verdict: Verdict) -> str:
    rule = watch.rule
    if verdict.state is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_datapoints(verdict.filled)} {_were(verdict.filled)} unknown."
    alarming = verdict.state is State.ALARM
    telling = [point for point in verdict.points if rule.breaches(point.value) is alarming]
    shown = telling or list(verdict.points)
    listed = ", ".join(f"{point.value} ({_short(point.start)})" for point in reversed(shown))
    filled = ""
    if verdict.filled and rule.missing_data in _FILLED_AS:
        treated = _FILLED_AS[rule.missing_data]
        missing = _datapoints(verdict.filled).replace(" ", " missing ")
        filled = f"{missing} {_were(verdict.filled)} treated as [{treated}]"
    if not shown:
        periods = f"{verdict.filled} {'period' if verdict.filled == 1 else 'periods'}"
        return f"Threshold Crossed: no datapoints were received for {periods} and {filled}."
    if watch.m_of_n:
        counted = f"{len(shown)} out of the last {rule.evaluation_periods} datapoints"
        needed = rule.datapoints_to_alarm
        if not alarming:
            needed = rule.evaluation_periods - needed + 1
        before = State.OK if alarming else State.ALARM
        minimum = f" (minimum {_datapoints(needed)} for {before} -> {verdict.state} transition)"
    else:
        counted, minimum = _datapoints(len(shown)), ""
    negation = "" if alarming else "not "
    compared = f"{_were(len(shown))} {negation}{_WORDS[rule.comparison]} the threshold ({rule.threshold})"
    tail = f" and {filled}" if filled else ""
    return f"Threshold Crossed: {counted} [{listed}] {compared}{tail}{minimum}."


def _reason_data(watch: Watch, verdict: Verdict, at: int) -> dict[str, Any]:
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(at)}
    if verdict.points:
        data["startDate"] = timestamp(verdict.points[0].start)
    if watch.metric is not None:
        data["statistic"] = watch.statistic
        if watch.unit:
            data["unit"] = watch.unit
    data |= {
        "period": watch.period,
        "recentDatapoints": [point.value for point in verdict.points],
        "threshold": watch.rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": timestamp(point.start), "value": point.value} for point in reversed(verdict.points)
        ],
    }
    return data


def timestamp(at: int | datetime) -> str:
    """A time as alarm messages write it: `2026-11-23T12:00:00.000+0000`."""
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _short(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _datapoints(count: int) -> str:
    return f"{count} {'datapoint' if count == 1 else 'datapoints'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def as_json(document: dict[str, Any]) -> str:
    """Compact JSON, as AWS writes it in state data, history and messages."""
    return json.dumps(document, separators=(",", ":"))

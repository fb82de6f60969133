"""When a metric alarm changes state: CloudWatch's published rules, without any machinery.

Source: Amazon CloudWatch User Guide, "How alarm state is evaluated when data is missing" and "Avoiding
premature transitions to alarm state".
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# AWS says only that the range is longer than the evaluation periods, and shows 5 for 3.
EXTRA_POINTS: Final = 2

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class State(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """What stands for a missing point."""

    MISSING = "missing"
    NOT_BREACHING = "notBreaching"
    BREACHING = "breaching"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an alarm compares; `datapoints_to_alarm` (M) of `evaluation_periods` (N) points must breach."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: MissingData = MissingData.MISSING

    @property
    def evaluation_range(self) -> int:
        """How many recent points are looked at, in case some are missing."""
        return self.evaluation_periods + EXTRA_POINTS

    def breaches(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Point:
    """One period's statistic."""

    start: int
    value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows (None: it stays), the real points that count, how many were filled in."""

    state: State | None
    points: tuple[Point, ...]
    filled: int


def assess(rule: Rule, points: Sequence[Point | None]) -> Verdict:
    """Judge the points of the evaluation range, oldest first, None where there is no data.

    Real points come before stand-ins: as many recent ones as the evaluation periods, from anywhere in the
    range; only what then lacks is filled in as `missing_data` says.
    """
    real = [point for point in points if point is not None][-rule.evaluation_periods :]
    filled = rule.evaluation_periods - len(real)
    breaching = sum(rule.breaches(point.value) for point in real)
    if breaching >= rule.datapoints_to_alarm:
        state: State | None = State.ALARM
    elif filled == 0 or rule.missing_data is MissingData.NOT_BREACHING:
        state = State.OK
    elif rule.missing_data is MissingData.BREACHING:
        state = State.ALARM if breaching + filled >= rule.datapoints_to_alarm else State.OK
    elif breaching < len(real):
        state = State.OK
    elif rule.missing_data is MissingData.IGNORE:
        state = None
    elif not real:
        state = State.INSUFFICIENT_DATA
    else:
        # Few points, all breaching: alarm once the oldest is as old as the points that are needed, not
        # before.
        oldest = next(index for index, point in enumerate(points) if point is not None)
        state = State.ALARM if len(points) - oldest >= rule.datapoints_to_alarm else None
    return Verdict(state, tuple(real), filled)

"""Glue's schedules: `cron(minutes hours day-of-month month day-of-week year)`, in UTC.

cronsim finds the moments; this module translates what AWS writes differently: days of the week count from 1
(Sunday), `?` stands for "no matter", there is a year, and `15W` means the weekday nearest to the 15th.
Source: AWS Glue Developer Guide, "Time-based schedules for jobs and crawlers".
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from cronsim import CronSim, CronSimError

_EXPRESSION: Final = re.compile(r"cron\(\s*(.*?)\s*\)")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NEAREST_WEEKDAY: Final = re.compile(r"([1-9]|[12]\d|3[01])W")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


class ScheduleError(Exception):
    """The expression is no schedule; the message says which part is wrong."""


@dataclass(frozen=True)
class Schedule:
    """A parsed schedule."""

    cron: str
    years: frozenset[int]
    accepts: Callable[[date], bool]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moment after this one; None if there is none any more."""
        start = moment.astimezone(UTC)
        for year in sorted(year for year in self.years if year >= start.year):
            before = datetime(year, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
            for found in CronSim(self.cron, max(start, before)):
                if found.year > year:
                    break
                if self.accepts(found.date()):
                    return found
        return None


def parse_schedule(expression: str) -> Schedule:
    """Read `cron(15 12 ? * MON-FRI *)`. `ScheduleError` where Glue would refuse it."""
    match = _EXPRESSION.fullmatch(expression.strip())
    fields = match[1].upper().split() if match else []
    if len(fields) != 6:
        raise ScheduleError(f"Schedule {expression!r} must be cron() with six fields, minutes to year")
    minutes, hours, day, month, weekday, year = fields
    if "?" not in (day, weekday):
        raise ScheduleError("Day-of-month and day-of-week cannot both be given: write ? for one of them")
    if day == weekday:
        raise ScheduleError("Only one of day-of-month and day-of-week can be ?")
    accepts: Callable[[date], bool] = _any_day
    if nearest := _NEAREST_WEEKDAY.fullmatch(day):
        day, accepts = "*", _nearest_weekday(int(nearest[1]))
    cron = " ".join((minutes, hours, _no_matter(day), month, _weekdays(weekday)))
    try:
        CronSim(cron, datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError) as error:
        raise ScheduleError(f"Schedule {expression!r} is wrong: {error}") from error
    return Schedule(cron, _years(year), accepts)


def _no_matter(field: str) -> str:
    return "*" if field == "?" else field


def _weekdays(field: str) -> str:
    """AWS's days of the week as cron's: 1 to 7 become 0 to 6."""
    if field in ("?", "*"):
        return "*"
    if field == "L":
        return "6"
    return ",".join(_weekday_term(term) for term in field.split(","))


def _weekday_term(term: str) -> str:
    if "#" in term:
        day, _, nth = term.partition("#")
        return f"{_weekday(day)}#{nth}"
    if term.endswith("L"):
        return f"{_weekday(term[:-1])}L"
    span, _, step = term.partition("/")
    first, _, last = span.partition("-")
    begin = 0 if first == "*" else _weekday(first)
    end = _weekday(last) if last else (6 if step or first == "*" else begin)
    if end < begin:
        raise ScheduleError(f"Days of the week {term!r} go backwards")
    if step and (not step.isdigit() or int(step) == 0):
        raise ScheduleError(f"Days of the week {term!r} have a wrong step")
    return ",".join(str(day) for day in range(begin, end + 1, int(step or 1)))


def _weekday(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isdigit() and 1 <= int(text) <= 7:
        return int(text) - 1
    raise ScheduleError(f"Day of the week {text!r} must be 1 (Sunday) to 7 or SUN to SAT")


def _years(field: str) -> frozenset[int]:
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        try:
            begin = _FIRST_YEAR if first == "*" else int(first)
            end = int(last) if last else (_LAST_YEAR if step or first == "*" else begin)
            found.update(range(begin, end + 1, int(step or 1)))
        except ValueError as error:
            raise ScheduleError(f"Year {term!r} is wrong") from error
    if not found or min(found) < _FIRST_YEAR or max(found) > _LAST_YEAR:
        raise ScheduleError(f"Years must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    return frozenset(found)


def _any_day(_: date) -> bool:
    return True


def _nearest_weekday(day: int) -> Callable[[date], bool]:
    """The weekday nearest to that day, within its month; none in months that are shorter."""

    def accepts(candidate: date) -> bool:
        length = calendar.monthrange(candidate.year, candidate.month)[1]
        if day > length:
            return False
        wanted = date(candidate.year, candidate.month, day)
        shift = {5: -1, 6: 1}.get(wanted.weekday(), 0)
        nearest = wanted + timedelta(days=shift)
        if nearest.month != wanted.month:
            nearest = wanted + timedelta(days=2 if shift < 0 else -2)
        return candidate == nearest

    return accepts

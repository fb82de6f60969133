"""Glue's cron expressions: the next moments after a Monday morning."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.glue.schedules import ScheduleError, parse_schedule

MONDAY = datetime(2026, 11, 23, 9, 7, 30, tzinfo=UTC)


def moments(expression: str, count: int = 3, start: datetime = MONDAY) -> list[str]:
    schedule = parse_schedule(expression)
    found: list[str] = []
    moment: datetime | None = start
    while moment is not None and len(found) < count:
        moment = schedule.next_after(moment)
        if moment is not None:
            found.append(moment.strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 * * * ? *)", ["2026-11-23 10:00", "2026-11-23 11:00", "2026-11-23 12:00"]),
        ("cron(5/20 * ? * * *)", ["2026-11-23 09:25", "2026-11-23 09:45", "2026-11-23 10:05"]),
        ("cron(0/15 * * * ? *)", ["2026-11-23 09:15", "2026-11-23 09:30", "2026-11-23 09:45"]),
        ("cron(15 12 * * ? *)", ["2026-11-23 12:15", "2026-11-24 12:15", "2026-11-25 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-23 18:00", "2026-11-24 18:00", "2026-11-25 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-12-01 08:00", "2027-01-01 08:00", "2027-02-01 08:00"]),
        ("cron(0 8 ? * 1 *)", ["2026-11-29 08:00", "2026-12-06 08:00", "2026-12-13 08:00"]),
        ("cron(0 8 ? * 2,7 *)", ["2026-11-28 08:00", "2026-11-30 08:00", "2026-12-05 08:00"]),
        ("cron(0 8 ? * 2/2 *)", ["2026-11-25 08:00", "2026-11-27 08:00", "2026-11-30 08:00"]),
        ("cron(0 8 ? * L *)", ["2026-11-28 08:00", "2026-12-05 08:00", "2026-12-12 08:00"]),
        ("cron(0 8 ? * 6L *)", ["2026-11-27 08:00", "2026-12-25 08:00", "2027-01-29 08:00"]),
        ("cron(0 8 ? * 3#2 *)", ["2026-12-08 08:00", "2027-01-12 08:00", "2027-02-09 08:00"]),
        ("cron(0 8 L * ? *)", ["2026-11-30 08:00", "2026-12-31 08:00", "2027-01-31 08:00"]),
        ("cron(0 8 15W * ? *)", ["2026-12-15 08:00", "2027-01-15 08:00", "2027-02-15 08:00"]),
        ("cron(0 8 1W AUG ? *)", ["2027-08-02 08:00", "2028-08-01 08:00", "2029-08-01 08:00"]),
        ("cron(0 8 31W * ? *)", ["2026-12-31 08:00", "2027-01-29 08:00", "2027-03-31 08:00"]),
        ("cron(0 8 ? JAN,jul SUN#1 *)", ["2027-01-03 08:00", "2027-07-04 08:00", "2028-01-02 08:00"]),
        ("cron(30 6 1 1 ? 2026-2028)", ["2027-01-01 06:30", "2028-01-01 06:30"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("cron(0 0 1 1 ? 2030/10)", ["2030-01-01 00:00", "2040-01-01 00:00", "2050-01-01 00:00"]),
        ("cron(0 0 1 1 ? 2020)", []),
    ],
)
def test_a_schedule_fires_at_its_moments(expression: str, expected: list[str]) -> None:
    assert moments(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "0 * * * ? *",
        "cron(0 * * * *)",
        "cron(0 * * * * *)",
        "cron(0 * ? * ? *)",
        "cron(0 * 1 * MON *)",
        "cron(60 * * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * FUN *)",
        "cron(0 0 ? * FRI-MON *)",
        "cron(0 0 * * ? 1969)",
        "cron(0 0 * * ? next)",
        "cron(x 0 * * ? *)",
        "rate(5 minutes)",
        "",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(expression)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    weekday=st.integers(1, 7),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2150, 1, 1)),  # noqa: DTZ001  made aware below
)
def test_a_weekly_schedule_comes_within_a_week_on_the_day_that_aws_counts_from_sunday(
    minute: int, hour: int, weekday: int, start: datetime
) -> None:
    begin = start.replace(tzinfo=UTC)
    found = parse_schedule(f"cron({minute} {hour} ? * {weekday} *)").next_after(begin)
    assert found is not None
    assert begin < found <= begin + timedelta(days=7)
    assert (found.isoweekday() % 7 + 1, found.hour, found.minute) == (weekday, hour, minute)


def test_a_schedule_never_repeats_a_moment() -> None:
    found = list(islice(moments("cron(0/5 * * * ? *)", count=300), 300))
    assert len(set(found)) == 300

"""Days as people type them."""

from datetime import UTC, date, datetime

import click
import pytest

from orderlake.days import Day

NOW = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
        ("31.01.2026", date(2026, 1, 31)),
        ("31 Jan 2026", date(2026, 1, 31)),
        ("31 January 2026", date(2026, 1, 31)),
        ("Jan 31, 2026", date(2026, 1, 31)),
        ("today", date(2026, 3, 1)),
        ("Yesterday", date(2026, 2, 28)),
        ("7d", date(2026, 2, 22)),
        ("2 days ago", date(2026, 2, 27)),
    ],
)
def test_a_day_is_read(typed: str, meant: date) -> None:
    assert Day(lambda: NOW).convert(typed, None, None) == meant


@pytest.mark.parametrize("typed", ["01/02/2026", "2026-02-30", "soon", ""])
def test_what_may_mean_two_days_or_none_is_refused(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="2026-11-23"):
        Day(lambda: NOW).convert(typed, None, None)

"""Partition projection: which values exist."""

from datetime import UTC, datetime

import pytest

from infra.local.athena.errors import QueryFailed
from infra.local.athena.projection import accepts

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def properties(**given: str) -> dict[str, str]:
    return {f"projection.c.{name}": value for name, value in given.items()}


@pytest.mark.parametrize(
    ("value", "exists"),
    [
        ("2026-11-23-09", True),
        ("2026-11-23-10", False),
        ("2025-12-31-23", False),
        ("2026-11-23", False),
        ("2026-13-01-00", False),
    ],
)
def test_a_date_projection_has_the_hours_of_its_range(value: str, exists: bool) -> None:
    table = properties(type="date", format="yyyy-MM-dd-HH", range="2026-01-01-00,NOW")
    assert accepts("c", table, NOW)(value) is exists


def test_a_relative_range_moves_with_the_clock() -> None:
    has = accepts("c", properties(type="date", format="yyyy-MM-dd", range="NOW-2DAYS,NOW+1DAY"), NOW)
    values = [f"2026-11-{day}" for day in (21, 22, 24, 25)]
    assert [has(value) for value in values] == [False, True, True, False]


def test_an_integer_projection_minds_range_and_digits() -> None:
    has = accepts("c", properties(type="integer", range="1,12", digits="2"), NOW)
    assert [has(value) for value in ("01", "1", "12", "13", "xx")] == [True, False, True, False, False]


def test_an_enum_projection_has_its_values_only() -> None:
    has = accepts("c", properties(type="enum", values="a,b"), NOW)
    assert [has("a"), has("c")] == [True, False]


def test_an_unknown_projection_says_which_there_are() -> None:
    with pytest.raises(QueryFailed, match="use enum, integer, date or injected"):
        accepts("c", properties(type="magic"), NOW)

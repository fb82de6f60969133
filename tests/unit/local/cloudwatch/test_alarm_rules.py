"""CloudWatch's published tables of alarm evaluation ("Configuring how alarms treat missing data")."""

import pytest

from infra.local.cloudwatch.alarm_rules import MissingData, Point, Rule, State, assess

OK, ALARM, INSUFFICIENT = State.OK, State.ALARM, State.INSUFFICIENT_DATA
STAYS = None

THREE_OF_THREE = [
    ("0 - X - X", OK, OK, OK, OK),
    ("0 - - - -", OK, OK, OK, OK),
    ("- - - - -", INSUFFICIENT, STAYS, ALARM, OK),
    ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
    ("- - X - -", ALARM, STAYS, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", OK, OK, ALARM, OK),
    ("- - - - 0", OK, OK, ALARM, OK),
    ("- - - X -", ALARM, STAYS, ALARM, OK),
]
CASES = [
    (needed, points, treatment, expected)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, *states in table
    for treatment, expected in zip(
        (MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING, MissingData.NOT_BREACHING),
        states,
        strict=True,
    )
]


def read(pattern: str) -> list[Point | None]:
    values = {"0": 1.0, "X": 11.0}
    return [
        None if each == "-" else Point(index * 60, values[each]) for index, each in enumerate(pattern.split())
    ]


def rule(needed: int, periods: int = 3, missing: MissingData = MissingData.MISSING) -> Rule:
    return Rule("GreaterThanThreshold", 10.0, periods, needed, missing)


@pytest.mark.parametrize(("needed", "points", "treatment", "expected"), CASES)
def test_each_cell_of_the_published_tables_holds(
    needed: int, points: str, treatment: MissingData, expected: State | None
) -> None:
    assert assess(rule(needed, missing=treatment), read(points)).state is expected


def test_the_range_of_three_periods_is_five_points_as_in_the_tables() -> None:
    assert rule(3).evaluation_range == 5


@pytest.mark.parametrize("points", ["- - - - X", "- - - X -"])
def test_a_first_breaching_point_does_not_alarm_before_it_is_old_enough(points: str) -> None:
    assert assess(rule(3), read(points)).state is None


def test_points_older_than_the_periods_do_not_count_when_none_is_missing() -> None:
    assert assess(rule(2), read("X X 0 0 0")).state is OK


def test_enough_real_breaching_points_alarm_however_missing_ones_are_treated() -> None:
    assert assess(rule(2, missing=MissingData.NOT_BREACHING), read("- - - X X")).state is ALARM


def test_one_of_one_follows_the_last_point() -> None:
    assert assess(rule(1, periods=1), read("X X 0")).state is OK
    assert assess(rule(1, periods=1), read("0 0 X")).state is ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [11.0]),
        ("GreaterThanOrEqualToThreshold", [10.0, 11.0]),
        ("LessThanThreshold", [9.0]),
        ("LessThanOrEqualToThreshold", [9.0, 10.0]),
    ],
)
def test_a_comparison_breaches_on_its_side_of_the_threshold(comparison: str, breaching: list[float]) -> None:
    compared = Rule(comparison, 10.0, 1, 1)
    assert [value for value in (9.0, 10.0, 11.0) if compared.breaches(value)] == breaching

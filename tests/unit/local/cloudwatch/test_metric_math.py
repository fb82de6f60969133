"""Metric math over small series: periods of a minute from second 0."""

import pytest

from infra.local.cloudwatch.metric_math import names, parse, run
from infra.local.cloudwatch.time_series import Context, MetricMathError, Series

TIMELINE = (0, 60, 120, 180)


def series(**points: list[float | None]) -> dict[str, Series]:
    return {
        name: Series(
            name, {at: value for at, value in zip(TIMELINE, values, strict=True) if value is not None}
        )
        for name, values in points.items()
    }


def result(expression: str, **points: list[float | None]) -> list[float | None]:
    known = series(**points)
    context = Context(TIMELINE, 60, known.__getitem__, lambda: list(known.values()))
    (found,) = run(context, "e1", parse(expression))
    return [found.values.get(at) for at in TIMELINE]


A: list[float | None] = [1.0, 2.0, None, 4.0]
B: list[float | None] = [10.0, None, 30.0, 0.0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", [11.0, None, None, 4.0]),
        ("b / a * 100", [1000.0, None, None, 0.0]),
        ("a / b", [0.1, None, None, None]),
        ("-a ^ 2", [-1.0, -4.0, None, -16.0]),
        ("2 * (a - 1)", [0.0, 2.0, None, 6.0]),
        ("a >= 2", [0.0, 1.0, None, 1.0]),
        ("a > 1 && a < 4", [0.0, 1.0, None, 0.0]),
        ("a < 2 OR a == 4", [1.0, 0.0, None, 1.0]),
        ("IF(a > 1, b, 0)", [0.0, None, None, 0.0]),
        ("IF(a > 1, a)", [None, 2.0, None, 4.0]),
        ("IF(1, a, b)", [1.0, 2.0, None, 4.0]),
        ("FILL(a, 0)", [1.0, 2.0, 0.0, 4.0]),
        ("FILL(a, REPEAT)", [1.0, 2.0, 2.0, 4.0]),
        ("FILL(a, LINEAR)", [1.0, 2.0, 3.0, 4.0]),
        ("FILL(a, b)", [1.0, 2.0, 30.0, 4.0]),
        ("SUM(METRICS())", [11.0, 2.0, 30.0, 4.0]),
        ("AVG([a, b])", [5.5, 2.0, 30.0, 2.0]),
        ("MAX(METRICS())", [10.0, 2.0, 30.0, 4.0]),
        ("MIN(METRICS('b'))", [10.0, None, 30.0, 0.0]),
        ("SUM(a)", [7.0] * 4),
        ("a / SUM(a)", [1 / 7, 2 / 7, None, 4 / 7]),
        ("RATE(a)", [None, 1 / 60, None, 2 / 120]),
        ("DIFF(a)", [None, 1.0, None, 2.0]),
        ("DIFF_TIME(a)", [None, 60.0, None, 120.0]),
        ("RUNNING_SUM(a)", [1.0, 3.0, None, 7.0]),
        ("SUM(b) / PERIOD(b)", [40 / 60] * 4),
        ("ABS(a - 3)", [2.0, 1.0, None, 1.0]),
        ("METRIC_COUNT(METRICS())", [2.0] * 4),
        ("DATAPOINT_COUNT(a)", [3.0] * 4),
        ("STDDEV([a, b])", [4.5, 0.0, 0.0, 2.0]),
        ("FIRST(METRICS())", A),
        ("LAST(a)", [4.0] * 4),
        ("TIME_SERIES(5)", [5.0] * 4),
    ],
)
def test_an_expression_yields_its_series(expression: str, expected: list[float | None]) -> None:
    assert result(expression, a=A, b=B) == pytest.approx(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "a.id",
        "[x for x in a]",
        "lambda: a",
        "(lambda: 1)()",
        "a if b else 1",
        "SEARCH('x', 'Sum', 60)",
        "a < b < 3",
        "not a",
        "True",
        "f'{a}'",
        "a[0]",
        "1 / 0",
        "'text'",
    ],
)
def test_what_is_not_metric_math_is_refused(expression: str) -> None:
    with pytest.raises(MetricMathError):
        result(expression, a=A, b=B)


@pytest.mark.parametrize("expression", ["a +", "", "a b", "a = 1", "a & & b"])
def test_what_cannot_be_parsed_is_refused(expression: str) -> None:
    with pytest.raises(MetricMathError):
        result(expression, a=A, b=B)


def test_the_names_of_an_expression_are_its_ids_and_no_functions() -> None:
    assert names(parse("IF(m1 > 0 AND FILL(m2, REPEAT) > 1, SUM(METRICS()), m3)")) == {"m1", "m2", "m3"}


def test_words_inside_of_quotes_are_left_alone() -> None:
    assert result("SUM(METRICS('a AND'))", a=A, b=B) == [None] * 4

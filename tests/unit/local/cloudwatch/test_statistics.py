"""Statistic sets: what can be said of values that were aggregated."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.cloudwatch.statistics import StatisticSet, samples_needed

VALUES = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=60)


def of(values: list[float]) -> StatisticSet:
    found = StatisticSet()
    for value in values:
        found.add(value)
    return found


def shown(found: StatisticSet) -> dict[str, float | None]:
    return {name: found.statistic(name) for name in ("SampleCount", "Minimum", "Maximum", "p50", "p99")}


@given(VALUES)
def test_the_simple_statistics_are_those_of_the_values(values: list[float]) -> None:
    found = of(values)
    assert found.statistic("SampleCount") == len(values)
    assert found.statistic("Minimum") == min(values)
    assert found.statistic("Maximum") == max(values)
    assert found.statistic("Average") == pytest.approx(statistics.fmean(values), abs=1e-3)


@given(VALUES, VALUES)
def test_merged_sets_are_the_set_of_all_values(left: list[float], right: list[float]) -> None:
    merged = of(left)
    merged.merge(of(right))
    assert shown(merged) == shown(of(left + right))


def test_percentiles_are_by_nearest_rank() -> None:
    found = of([float(value) for value in range(1, 101)])
    assert [found.statistic(name) for name in ("p0", "p50", "p99", "p99.9", "p100")] == [1, 50, 99, 100, 100]


def test_a_percentile_of_many_distinct_values_is_within_five_percent() -> None:
    found = of([value / 7 for value in range(1, 20_001)])
    assert found.statistic("p90") == pytest.approx(18_000 / 7, rel=0.05)
    assert found.statistic("Maximum") == 20_000 / 7


def test_a_trimmed_mean_leaves_the_highest_values_out() -> None:
    found = of([1.0, 1.0, 1.0, 97.0])
    assert found.statistic("tm75") == 1.0
    assert found.statistic("ts100") == 100.0


def test_a_ready_made_set_has_no_percentiles() -> None:
    found = StatisticSet()
    found.add_set(count=2, total=3.0, minimum=1.0, maximum=2.0)
    assert found.statistic("Average") == 1.5
    assert found.statistic("p50") is None


def test_an_empty_set_tells_nothing() -> None:
    assert StatisticSet().statistic("Sum") is None


def test_an_unknown_statistic_is_an_error() -> None:
    with pytest.raises(ValueError, match="Median"):
        StatisticSet().statistic("Median")


@pytest.mark.parametrize(("statistic", "needed"), [("p99", 1000), ("p50", 20), ("p10", 100), ("Sum", 0)])
def test_a_percentile_needs_more_samples_the_further_out_it_lies(statistic: str, needed: int) -> None:
    assert samples_needed(statistic) == needed

"""The metric store: one statistic set a period, for as long as CloudWatch keeps it."""

from datetime import UTC, datetime, timedelta

from infra.local.clock import ManualClock
from infra.local.cloudwatch import Metric, MetricStore

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LAG = Metric.of("AWS/Lambda", "IteratorAge", {"FunctionName": "ingest"})


def make() -> tuple[MetricStore, ManualClock]:
    clock = ManualClock(START)
    return MetricStore(clock), clock


def sums(store: MetricStore, start: datetime, end: datetime, period: int = 60) -> dict[int, float | None]:
    return {
        int(at - START.timestamp()): found.statistic("Sum")
        for at, found in store.read(LAG, start, end, period).items()
    }


def put(store: MetricStore, value: float, at: datetime | None = None) -> None:
    store.put(LAG.namespace, LAG.name, value, dimensions=dict(LAG.dimensions), at=at)


def test_values_of_a_minute_are_one_datapoint_and_empty_minutes_none() -> None:
    store, clock = make()
    put(store, 1)
    clock.advance(59)
    put(store, 2)
    clock.advance(61)
    put(store, 5)
    assert sums(store, START, START + timedelta(minutes=5)) == {0: 3.0, 120: 5.0}


def test_a_window_holds_its_start_and_not_its_end() -> None:
    store, _ = make()
    put(store, 1, at=START + timedelta(minutes=1))
    assert sums(store, START, START + timedelta(minutes=1)) == {}
    assert sums(store, START + timedelta(minutes=1), START + timedelta(minutes=2)) == {60: 1.0}


def test_longer_periods_gather_minutes() -> None:
    store, _ = make()
    for minute in range(7):
        put(store, 1, at=START + timedelta(minutes=minute))
    assert sums(store, START, START + timedelta(minutes=10), 300) == {0: 5.0, 300: 2.0}


def test_dimensions_are_part_of_a_metric_whatever_their_order() -> None:
    store, _ = make()
    store.put("N", "m", 1, dimensions={"a": "1", "b": "2"})
    store.put("N", "m", 1, dimensions={"b": "2", "a": "1"})
    store.put("N", "m", 1, dimensions={"a": "1"})
    assert len(store.metrics()) == 2


def test_only_high_resolution_metrics_have_periods_under_a_minute() -> None:
    store, _ = make()
    put(store, 1)
    assert sums(store, START, START + timedelta(minutes=1), 10) == {}
    store.put_values(LAG, [(2.0, 3.0)], at=START + timedelta(seconds=12), high_resolution=True)
    assert sums(store, START, START + timedelta(minutes=1), 10) == {10: 6.0}
    assert sums(store, START, START + timedelta(minutes=1)) == {0: 7.0}


def test_units_are_kept_apart_and_merged_unless_one_is_asked_for() -> None:
    store, _ = make()
    store.put(LAG.namespace, LAG.name, 1, unit="Milliseconds", dimensions=dict(LAG.dimensions))
    put(store, 2)
    end = START + timedelta(minutes=1)
    assert store.units(LAG) == ["Milliseconds", "None"]
    assert store.read(LAG, START, end, 60, "Milliseconds")[int(START.timestamp())].total == 1
    assert sums(store, START, end) == {0: 3.0}


def test_minutes_become_five_minutes_after_fifteen_days_and_memory_stays_bounded() -> None:
    store, clock = make()
    for _ in range(10):
        put(store, 1)
        clock.advance(60)
    clock.advance(16 * 86400)
    put(store, 1)
    assert sums(store, START, START + timedelta(minutes=10), 300) == {0: 5.0, 300: 5.0}
    assert sums(store, START, START + timedelta(minutes=10), 60) == {0: 5.0, 300: 5.0}


def test_a_metric_without_data_for_two_weeks_is_no_longer_listed() -> None:
    store, clock = make()
    put(store, 1)
    assert store.metrics() == [LAG]
    clock.advance(15 * 86400)
    assert store.metrics() == []

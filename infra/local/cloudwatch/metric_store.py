"""The metrics of one account and region, aggregated as they arrive."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.local.clock import Clock
from infra.local.cloudwatch.statistics import StatisticSet

# What CloudWatch keeps: seconds for 3 hours, minutes for 15 days, 5 minutes for 63 days, hours for 455 days.
_HOUR, _DAY = 3600, 86400
_KEPT = {1: 3 * _HOUR, 60: 15 * _DAY, 300: 63 * _DAY, 3600: 455 * _DAY}
_PRUNE_EVERY = 600
LISTED_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Metric:
    """The identity of a metric; dimensions are sorted pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> "Metric":
        return cls(namespace, name, tuple(sorted((dimensions or {}).items())))


@dataclass(slots=True)
class _Series:
    """One metric in one unit: statistic sets by epoch second of their start, by resolution."""

    tiers: dict[int, dict[int, StatisticSet]] = field(default_factory=lambda: {size: {} for size in _KEPT})
    last_at: int = 0
    pruned_at: int = 0

    def bucket(self, resolution: int, second: int) -> StatisticSet:
        tier = self.tiers[resolution]
        start = second - second % resolution
        found = tier.get(start)
        if found is None:
            found = tier[start] = StatisticSet()
        return found

    def prune(self, now: int) -> None:
        if now - self.pruned_at < _PRUNE_EVERY:
            return
        self.pruned_at = now
        coarser = {60: 300, 300: 3600}
        for size, kept in _KEPT.items():
            tier = self.tiers[size]
            for start in [start for start in tier if start < now - kept]:
                old = tier.pop(start)
                if size in coarser:
                    self.bucket(coarser[size], start).merge(old)


class MetricStore:
    """A `MetricSink` that answers CloudWatch's questions; memory is bounded by CloudWatch's own retention.

    Needs only the clock, so the server makes it before the `Runtime`:

        metrics = MetricStore(clock)
        logs = LogStore(clock, metrics, account_id=account_id, region=region)
        runtime = Runtime(..., metrics=metrics, logs=logs)
        engine = cloudwatch.install(runtime)

    Safe to use from many threads. Without `at` a value counts at the clock's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._series: dict[Metric, dict[str, _Series]] = {}

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimensions: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Count one value, at CloudWatch's standard resolution of a minute."""
        self.put_values(Metric.of(namespace, name, dimensions), ((value, 1.0),), unit=unit, at=at)

    def put_values(
        self,
        metric: Metric,
        values: Iterable[tuple[float, float]],
        *,
        unit: str = "None",
        at: datetime | None = None,
        high_resolution: bool = False,
    ) -> None:
        """Count values, each as often as the number beside it says; `high_resolution` keeps seconds too."""
        with self._lock:
            buckets = self._buckets(metric, unit, at, high_resolution)
            for value, count in values:
                for bucket in buckets:
                    bucket.add(value, count)

    def put_statistics(
        self,
        metric: Metric,
        *,
        count: float,
        total: float,
        minimum: float,
        maximum: float,
        unit: str = "None",
        at: datetime | None = None,
        high_resolution: bool = False,
    ) -> None:
        """Count a statistic set that someone aggregated before."""
        with self._lock:
            for bucket in self._buckets(metric, unit, at, high_resolution):
                bucket.add_set(count, total, minimum, maximum)

    def read(
        self, metric: Metric, start: datetime, end: datetime, period: int, unit: str | None = None
    ) -> dict[int, StatisticSet]:
        """Statistic sets of the windows of `period` seconds from `start` up to `end`.

        Keys are the epoch seconds of the windows' starts; windows without data are absent. Periods under a
        minute see only high-resolution data. All units are merged unless one is asked for.
        """
        first, last = int(start.timestamp()), int(end.timestamp())
        windows: dict[int, StatisticSet] = {}
        with self._lock:
            for name, series in self._series.get(metric, {}).items():
                if unit is not None and name != unit:
                    continue
                for tier in (1,) if period < 60 else (60, 300, 3600):
                    for second, found in _between(series.tiers[tier], tier, first, last):
                        window = first + (second - first) // period * period
                        windows.setdefault(window, StatisticSet()).merge(found)
        return dict(sorted(windows.items()))

    def units(self, metric: Metric) -> list[str]:
        """The units in which the metric was reported."""
        with self._lock:
            return sorted(self._series.get(metric, {}))

    def metrics(self, active_for: timedelta = LISTED_FOR) -> list[Metric]:
        """The metrics with data in the last `active_for`, in a stable order."""
        oldest = (self._clock.now() - active_for).timestamp()
        with self._lock:
            known = [
                metric
                for metric, units in self._series.items()
                if any(series.last_at >= oldest for series in units.values())
            ]
        return sorted(known, key=lambda metric: (metric.namespace, metric.name, metric.dimensions))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._series.clear()

    def _buckets(
        self, metric: Metric, unit: str, at: datetime | None, high_resolution: bool
    ) -> list[StatisticSet]:
        second = int((at or self._clock.now()).timestamp())
        series = self._series.setdefault(metric, {}).setdefault(unit, _Series())
        series.last_at = max(series.last_at, second)
        series.prune(series.last_at)
        minute = series.bucket(60, second)
        return [minute, series.bucket(1, second)] if high_resolution else [minute]


def _between(
    tier: Mapping[int, StatisticSet], size: int, first: int, last: int
) -> Iterable[tuple[int, StatisticSet]]:
    begin = first - first % size
    if begin < first:
        begin += size
    if (last - begin) // size > len(tier):
        return sorted((second, found) for second, found in tier.items() if begin <= second < last)
    return ((second, tier[second]) for second in range(begin, last, size) if second in tier)

"""What CloudWatch keeps of the values of one period: a statistic set and their distribution."""

import re
from collections.abc import Iterator
from math import ceil, floor, log10

_EXACT_VALUES = 256
_EXTENDED = re.compile(r"(p|tm|tc|ts)(100|\d{1,2}(?:\.\d{1,10})?)", re.IGNORECASE)
SIMPLE_STATISTICS = frozenset({"SampleCount", "Sum", "Average", "Minimum", "Maximum"})


def is_statistic(name: str) -> bool:
    """Whether `StatisticSet.statistic` knows it: the five simple ones, `p99.9`, `tm90`, `tc90`, `ts90`."""
    return name in SIMPLE_STATISTICS or _EXTENDED.fullmatch(name) is not None


class StatisticSet:
    """Count, sum, least and greatest of the values put in, and a bounded histogram for percentiles.

    The histogram is exact up to 256 distinct values; above, values count at two significant digits (within
    5 %, as CloudWatch's own buckets). A set that was put in ready-made has no distribution, unless all its
    values are equal.
    """

    __slots__ = ("_coarse", "_values", "count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.minimum = 0.0
        self.maximum = 0.0
        self._values: dict[float, float] | None = {}
        self._coarse = False

    def add(self, value: float, count: float = 1.0) -> None:
        """Put `value` in, `count` times."""
        value = float(value)
        self._add_totals(count, value * count, value, value)
        if self._values is not None:
            key = _two_digits(value) if self._coarse else value
            self._values[key] = self._values.get(key, 0.0) + count
            self._bound()

    def add_set(self, count: float, total: float, minimum: float, maximum: float) -> None:
        """Put in values of which only the statistics are known."""
        if count <= 0:
            return
        if minimum == maximum:
            self.add(minimum, count)
            return
        self._add_totals(count, total, minimum, maximum)
        self._values = None

    def merge(self, other: "StatisticSet") -> None:
        """Put in everything that is in `other`."""
        if other.count <= 0:
            return
        self._add_totals(other.count, other.total, other.minimum, other.maximum)
        if self._values is None or other._values is None:
            self._values = None
            return
        self._coarse = self._coarse or other._coarse
        for value, count in other._values.items():
            key = _two_digits(value) if self._coarse else value
            self._values[key] = self._values.get(key, 0.0) + count
        self._bound()

    def statistic(self, name: str) -> float | None:
        """The statistic; None where there is nothing to tell. ValueError for a name it does not know."""
        if not is_statistic(name):
            raise ValueError(name)
        if self.count <= 0:
            return None
        simple = {
            "SampleCount": self.count,
            "Sum": self.total,
            "Average": self.total / self.count,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
        }
        return simple[name] if name in simple else self._extended(name)

    def _extended(self, name: str) -> float | None:
        if self._values is None:
            return None
        kind, share = name.rstrip("0123456789.").lower(), float(name.lstrip("ptmcsPTMCS")) / 100
        if kind == "p":
            return self._percentile(share)
        lowest = list(self._lowest(self.count * share))
        counted = sum(count for _, count in lowest)
        total = sum(value * count for value, count in lowest)
        if kind == "tc":
            return counted
        if kind == "ts":
            return total
        return total / counted if counted else None

    def _percentile(self, share: float) -> float:
        """By nearest rank: the least value that at least that share of the values does not exceed."""
        rank = max(share * self.count, 1e-9)
        seen = 0.0
        for value, count in sorted((self._values or {}).items()):
            seen += count
            if seen >= rank - 1e-9:
                return min(max(value, self.minimum), self.maximum)
        return self.maximum

    def _lowest(self, wanted: float) -> Iterator[tuple[float, float]]:
        for value, count in sorted((self._values or {}).items()):
            taken = min(count, wanted)
            if taken <= 0:
                return
            wanted -= taken
            yield value, taken

    def _add_totals(self, count: float, total: float, minimum: float, maximum: float) -> None:
        if self.count == 0:
            self.minimum, self.maximum = minimum, maximum
        else:
            self.minimum, self.maximum = min(self.minimum, minimum), max(self.maximum, maximum)
        self.count += count
        self.total += total

    def _bound(self) -> None:
        if self._coarse or self._values is None or len(self._values) <= _EXACT_VALUES:
            return
        coarse: dict[float, float] = {}
        for value, count in self._values.items():
            key = _two_digits(value)
            coarse[key] = coarse.get(key, 0.0) + count
        self._values, self._coarse = coarse, True


def _two_digits(value: float) -> float:
    if value == 0:
        return 0.0
    digits = 1 - floor(log10(abs(value)))
    return round(value, digits)


def samples_needed(statistic: str) -> int:
    """How many samples make a percentile significant to CloudWatch; 0 for other statistics."""
    if not statistic.lower().startswith("p"):
        return 0
    share = float(statistic[1:]) / 100
    if share <= 0 or share >= 1:
        return 0
    return ceil(round(10 / (1 - share if share >= 0.5 else share), 6))

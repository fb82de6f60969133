"""The monthly bill over five orders of magnitude: what dominates, and where one way overtakes another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from infra.stack import Profile
from orderlake.cost.assumptions import Assumptions
from orderlake.cost.bill import Bill, bill
from orderlake.cost.jobs import Engine, RefreshTime, shell_day, smallest_day, spark_day
from orderlake.cost.model import month
from orderlake.cost.prices import PriceList
from orderlake.cost.scenario import Scenario
from orderlake.cost.terraform_settings import TerraformSettings

Way = Literal["provisioned stream", "on-demand stream", "direct"]
WAYS: tuple[Way, ...] = ("provisioned stream", "on-demand stream", "direct")
SMALLEST = Decimal(10_000)
LARGEST = Decimal(1_000_000_000)

_PER_DECADE = 12
_BISECTIONS = 20
_PROFILE: dict[Way, Profile] = {
    "provisioned stream": "stream",
    "on-demand stream": "stream",
    "direct": "direct",
}
_MODE: dict[Way, str] = {
    "provisioned stream": "PROVISIONED",
    "on-demand stream": "ON_DEMAND",
    "direct": "PROVISIONED",
}


@dataclass(frozen=True)
class Point:
    """One volume: the bill of each way, and the job engine that keeps up with least."""

    records_per_day: Decimal
    bills: dict[Way, Bill]
    engine: Engine

    @property
    def cheapest(self) -> Way:
        return min(WAYS, key=lambda way: self.bills[way].total)


@dataclass(frozen=True)
class BreakEven:
    """`after` takes over from `before` at a volume; None where `before` holds over the whole range."""

    what: str
    records_per_day: Decimal | None
    before: str
    after: str


@dataclass(frozen=True)
class Pricing:
    """Everything that a bill needs beside the volume."""

    settings: TerraformSettings
    direct_settings: TerraformSettings
    assumptions: Assumptions
    prices: PriceList
    bytes_per_record: Decimal
    refreshes_per_day: Decimal

    def scenario(self, records_per_day: Decimal, way: Way) -> Scenario:
        return Scenario(records_per_day, self.bytes_per_record, _PROFILE[way], self.refreshes_per_day)

    def bill(self, records_per_day: Decimal, way: Way, refresh: RefreshTime | None = None) -> Bill:
        """The month's bill; jobs on the least engine that keeps up, unless `refresh` says otherwise."""
        scenario = self.scenario(records_per_day, way)
        refresh = refresh or smallest_day(scenario, self.assumptions)
        settings = self.direct_settings if way == "direct" else self.settings
        settings = settings.model_copy(update={"stream_mode": _MODE[way]})
        return bill(month(scenario, settings, self.assumptions, refresh), self.prices)

    def engine(self, records_per_day: Decimal) -> Engine:
        return smallest_day(self.scenario(records_per_day, "direct"), self.assumptions).engine


def volumes() -> Iterator[Decimal]:
    """From ten thousand to a billion records a day, evenly in orders of magnitude."""
    for step in range(5 * _PER_DECADE + 1):
        yield SMALLEST * Decimal(10) ** (Decimal(step) / _PER_DECADE)


def curve(pricing: Pricing) -> Sequence[Point]:
    """All points, smallest volume first."""
    return [
        Point(
            volume,
            {way: pricing.bill(volume, way) for way in WAYS},
            pricing.engine(volume),
        )
        for volume in volumes()
    ]


def dominants(points: Sequence[Point], way: Way) -> Sequence[tuple[Decimal, str]]:
    """What costs most on one way, with the volume from which on it does."""
    found: list[tuple[Decimal, str]] = []
    for point in points:
        service = point.bills[way].dominant()
        if not found or found[-1][1] != service:
            found.append((point.records_per_day, service))
    return found


def break_evens(pricing: Pricing) -> Sequence[BreakEven]:
    """Where another way, or another job engine, becomes the one to take."""

    def cheaper(one: Way, other: Way) -> Callable[[Decimal], str]:
        return lambda volume: one if _total(pricing, volume, one) <= _total(pricing, volume, other) else other

    def cheaper_engine(volume: Decimal) -> str:
        scenario = pricing.scenario(volume, "direct")
        shell = shell_day(scenario, Decimal(1), pricing.assumptions)
        spark = spark_day(scenario, pricing.assumptions)
        cost = {time.engine: pricing.bill(volume, "direct", time).total for time in (shell, spark)}
        return min(cost, key=lambda engine: cost[engine])

    questions: tuple[tuple[str, Callable[[Decimal], str]], ...] = (
        ("stream, provisioned or on-demand: cheaper", cheaper("provisioned stream", "on-demand stream")),
        ("direct or provisioned stream: cheaper", cheaper("direct", "provisioned stream")),
        ("direct or on-demand stream: cheaper", cheaper("direct", "on-demand stream")),
        ("job engine: the least that keeps up", pricing.engine),
        ("Python shell of 1 DPU or Spark: cheaper", cheaper_engine),
    )
    return [found for what, answer in questions for found in _changes(what, answer)]


def _total(pricing: Pricing, volume: Decimal, way: Way) -> Decimal:
    return pricing.bill(volume, way).total


def _changes(what: str, answer: Callable[[Decimal], str]) -> Iterator[BreakEven]:
    """Where the answer changes between neighbouring volumes, or that it never does."""
    answers = [(volume, answer(volume)) for volume in volumes()]
    steps = [(one, other) for one, other in pairwise(answers) if one[1] != other[1]]
    for (lower, before), (upper, after) in steps:
        yield BreakEven(what, _bisected(lower, upper, before, answer), before, after)
    if not steps:
        yield BreakEven(what, None, answers[0][1], "")


def _bisected(lower: Decimal, upper: Decimal, before: str, answer: Callable[[Decimal], str]) -> Decimal:
    for _ in range(_BISECTIONS):
        middle = (lower * upper).sqrt()
        if answer(middle) == before:
            lower = middle
        else:
            upper = middle
    return upper

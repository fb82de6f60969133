"""When the shop is busy: hours of the day, days of the week, campaigns."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final, NamedTuple

from producer.simulator.pools import CATEGORIES
from producer.simulator.settings import ShopSettings

HOUR: Final = 3_600 * 1_000_000
_HOURS_OF_A_WEEK: Final = 168
# Orders of an online shop by hour: a night's quiet, noon, the evening on the sofa.
_BY_HOUR: Final = (14, 9, 6, 4, 4, 6, 13, 26, 42, 56, 64, 68, 72, 68, 62, 60, 62, 66, 74, 86, 92, 80, 54, 28)
_BY_WEEKDAY: Final = (1.12, 1.06, 1.0, 1.02, 0.94, 0.82, 1.04)
_MEAN: Final = sum(_BY_HOUR) / 24 * sum(_BY_WEEKDAY) / 7
_CAMPAIGN_SHARE: Final = 0.5
_CAMPAIGN_DEMAND: Final = 1.6


class Campaign(NamedTuple):
    """Some days of lower prices in one category."""

    category: str
    percent_off: int
    begins: int
    ends: int


class Hour(NamedTuple):
    """A piece of time in epoch microseconds; `weight` is how busy it is, 1 on average."""

    ends: int
    weight: float
    campaign: Campaign | None


def hours(settings: ShopSettings) -> Iterator[Hour]:
    """The shop's hours from its start on, without end."""
    begin = settings.start_microseconds // HOUR * HOUR
    week = -1
    campaign: Campaign | None = None
    while True:
        moment = datetime.fromtimestamp(begin // 1_000_000, UTC)
        if settings.campaigns and begin // HOUR // _HOURS_OF_A_WEEK != week:
            week = begin // HOUR // _HOURS_OF_A_WEEK
            campaign = _campaign_of(settings.seed, week)
        running = campaign if campaign and campaign.begins <= begin < campaign.ends else None
        weight = 1.0
        if settings.rhythm:
            weight = _BY_HOUR[moment.hour] * _BY_WEEKDAY[moment.weekday()] / _MEAN
            weight *= _CAMPAIGN_DEMAND if running else 1.0
        begin += HOUR
        yield Hour(begin, weight, running)


def _campaign_of(seed: int, week: int) -> Campaign | None:
    """Every other week has one, within the week."""
    random = Random(f"campaign {seed} {week}")  # noqa: S311 - no secret
    if random.random() >= _CAMPAIGN_SHARE:
        return None
    days = random.randint(1, 3)
    begins = (week * 7 + random.randint(0, 7 - days)) * 24 * HOUR
    category = random.choice(list(CATEGORIES))
    return Campaign(category, random.choice((10, 15, 20, 25)), begins, begins + days * 24 * HOUR)

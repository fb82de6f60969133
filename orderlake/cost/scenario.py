"""What is asked of the model."""

from dataclasses import dataclass
from decimal import Decimal

from infra.stack import Profile

PROFILES: tuple[Profile, ...] = ("stream", "direct")

HOURS_OF_MONTH = Decimal(730)
DAYS_OF_MONTH = HOURS_OF_MONTH / 24
SECONDS_OF_DAY = Decimal(86_400)


@dataclass(frozen=True)
class Scenario:
    """Volume and way in; `refreshes_per_day` is how often silver and gold run."""

    records_per_day: Decimal
    bytes_per_record: Decimal
    profile: Profile
    refreshes_per_day: Decimal

    @property
    def records_per_second(self) -> Decimal:
        return self.records_per_day / SECONDS_OF_DAY

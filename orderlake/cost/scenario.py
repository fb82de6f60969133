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
    """Volume and way in; `refreshes_per_day` is how often silver and gold run.

    With `http_requests_per_day` the events come over the HTTP API, in so many requests; 0: there is none.
    """

    records_per_day: Decimal
    bytes_per_record: Decimal
    profile: Profile
    refreshes_per_day: Decimal
    http_requests_per_day: Decimal = Decimal(0)

    @property
    def records_per_second(self) -> Decimal:
        return self.records_per_day / SECONDS_OF_DAY

"""What shop is simulated."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from producer.contract_types import Currency

Share = Annotated[float, Field(ge=0, le=1)]


class ShopSettings(BaseModel):
    """Same settings, same events, byte for byte (with the same version of faker)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    start: AwareDatetime
    """When the first event happens."""
    events_per_second: Annotated[float, Field(gt=0)] = 10.0
    """On average, in event time; give the rate of sending and start now: events happen as they are sent."""
    life_speed: Annotated[float, Field(gt=0)] = 1_000.0
    """How many times faster than in life an order is paid, shipped and so on."""
    rhythm: bool = False
    """Busy and quiet hours, weekdays and campaign days; else events come evenly, as they are sent."""
    campaigns: bool = True
    """Every other week one category costs less for some days, and sells more."""
    products: Annotated[int, Field(ge=10, le=5_000)] = 150
    customers: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    max_open_orders: Annotated[int, Field(ge=1)] = 20_000
    """With so many orders under way their next steps come early; it bounds memory."""
    currency: Currency = "GBP"
    guest_share: Share = 0.1
    cancelled_share: Share = 0.04
    returned_share: Share = 0.08

    @property
    def start_microseconds(self) -> int:
        """Epoch microseconds of `start`."""
        return (self.start - _EPOCH) // _MICROSECOND


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = datetime.resolution

"""The price list: `prices.yaml`, validated."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Price(BaseModel):
    """`price` is for `per` of what is counted, shown as `unit`; `free` of it cost nothing, every month."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str
    unit: str
    price: Decimal
    per: int = 1
    free: Decimal = Decimal(0)
    service: str | None = None


class PriceList(BaseModel):
    """Prices by the name that `model` and the meter count under: `service.what`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    region: str
    currency: str
    sources: Mapping[str, str]
    prices: Mapping[str, Price]


@cache
def price_list() -> PriceList:
    """The list that this version carries."""
    return PriceList.model_validate(yaml.safe_load(files(__package__).joinpath("prices.yaml").read_text()))

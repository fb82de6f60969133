"""Quantities times prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from orderlake.cost.prices import Price, PriceList

SHARD_NAMES = ("kinesis.shard_hours", "kinesis.extended_shard_hours", "kinesis.on_demand_hours")
_ZERO = Decimal(0)
COLUMNS = (
    "service",
    "item",
    "unit",
    "quantity",
    "free",
    "price",
    "amount",
    "amount_without_allowance",
)


@dataclass(frozen=True)
class Line:
    """One item of a bill; quantities are in the price's unit, `free` is the part of it that costs nothing."""

    name: str
    service: str
    price: Price
    quantity: Decimal
    free: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.quantity - self.free) * self.price.price

    @property
    def amount_without_allowance(self) -> Decimal:
        return self.quantity * self.price.price

    @property
    def is_shard(self) -> bool:
        """It is paid for the stream being there, whatever flows."""
        return self.name in SHARD_NAMES

    def row(self) -> dict[str, object]:
        """The line for rendering, rounded for people: quantities and amounts to four places."""
        return {
            "service": self.service,
            "item": self.price.item,
            "unit": self.price.unit,
            "quantity": _four(self.quantity),
            "free": _four(self.free),
            "price": self.price.price,
            "amount": _four(self.amount),
            "amount_without_allowance": _four(self.amount_without_allowance),
        }


@dataclass(frozen=True)
class Bill:
    """Lines and their sums; sums are of exact amounts."""

    lines: Sequence[Line]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), _ZERO)

    @property
    def total_without_allowances(self) -> Decimal:
        return sum((line.amount_without_allowance for line in self.lines), _ZERO)

    @property
    def shard(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.is_shard), _ZERO)

    @property
    def rest(self) -> Decimal:
        """What is left of the total without the shard."""
        return self.total - self.shard

    @property
    def rest_without_allowances(self) -> Decimal:
        return self.total_without_allowances - self.shard

    def by_service(self) -> Mapping[str, Decimal]:
        """Amounts by service, the shard under a name of its own; the largest first."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            name = "shard" if line.is_shard else line.service
            sums[name] = sums.get(name, _ZERO) + line.amount
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def dominant(self) -> str:
        """The service that costs most."""
        return next(iter(self.by_service()))


def bill(usage: Mapping[str, Decimal], prices: PriceList, *, allowances: bool = True) -> Bill:
    """Price a month's usage; what the list does not name (facts of the meter) costs nothing."""
    lines = []
    for name, price in prices.prices.items():
        counted = usage.get(name, _ZERO)
        if counted:
            free = min(counted, price.free) if allowances else _ZERO
            service = price.service or name.partition(".")[0]
            lines.append(Line(name, service, price, counted / price.per, free / price.per))
    return Bill(lines)


def _four(number: Decimal) -> Decimal:
    rounded = number.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded

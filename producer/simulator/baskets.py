"""What customers put into their baskets: popular things, things that go together, things on offer."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from producer.simulator.calendar import Campaign
from producer.simulator.pools import Pools, line_tail

_BLOCK: Final = 1_024
_COMPANION_SHARE: Final = 0.35
_CAMPAIGN_SHARE: Final = 0.4
_MOST_PRODUCTS: Final = 20
_QUANTITIES: Final = (1, 1, 1, 2, 2, 3, 4, 6, 12)


class Line(NamedTuple):
    """A product in an order, by its place in the pools.

    `price` is in pence, `tail` the JSON of the line after its quantity.
    """

    product: int
    quantity: int
    price: int
    tail: str


class Baskets:
    """Draws baskets; the same random numbers, the same baskets."""

    def __init__(self, pools: Pools, random: Random) -> None:
        self._pools = pools
        self._random = random.random
        self._products = self._draw(random, range(len(pools.products)), pools.product_weights)
        self._quantities = self._draw(random, _QUANTITIES, None)
        self._sizes = self._draw(
            random, range(1, _MOST_PRODUCTS + 1), [1 - 0.64**size for size in range(1, _MOST_PRODUCTS + 1)]
        )
        self._on_offer: dict[str, list[int]] = {}
        for place, product in enumerate(pools.products):
            self._on_offer.setdefault(product.category, []).append(place)
        self._offers: dict[tuple[int, int], tuple[int, str]] = {}

    def draw(self, campaign: Campaign | None) -> dict[int, int]:
        """Products and how many of each somebody wants."""
        wanted: dict[int, int] = {}
        random = self._random
        product = -1
        for _ in range(next(self._sizes)):
            chance = random()
            if product >= 0 and chance < _COMPANION_SHARE:
                companions = self._pools.products[product].companions
                product = companions[int(random() * len(companions))]
            elif campaign and chance > 1 - _CAMPAIGN_SHARE and campaign.category in self._on_offer:
                offers = self._on_offer[campaign.category]
                product = offers[int(random() * len(offers))]
            else:
                product = next(self._products)
            wanted[product] = wanted.get(product, 0) + next(self._quantities)
        return wanted

    def line(self, product: int, quantity: int, campaign: Campaign | None) -> Line:
        """The line of an order, at the price of the day."""
        kept = self._pools.products[product]
        if campaign is None or kept.category != campaign.category:
            return Line(product, quantity, kept.price, kept.tail)
        offer = self._offers.get((product, campaign.percent_off))
        if offer is None:
            price = max(1, kept.price * (100 - campaign.percent_off) // 100)
            offer = self._offers[product, campaign.percent_off] = (price, line_tail(price))
        return Line(product, quantity, *offer)

    @staticmethod
    def _draw(random: Random, things: range | tuple[int, ...], weights: object) -> Iterator[int]:
        while True:
            yield from random.choices(things, cum_weights=weights, k=_BLOCK)  # type: ignore[arg-type]

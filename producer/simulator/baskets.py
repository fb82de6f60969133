"""What customers put into their baskets: popular things, things that go together, things on offer."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple, Self

from producer.simulator.calendar import Campaign
from producer.simulator.pools import Pools, Product, pounds

_BLOCK: Final = 1_024
_COMPANION_SHARE: Final = 0.35
_CAMPAIGN_SHARE: Final = 0.4
_MOST_PRODUCTS: Final = 20
_QUANTITIES: Final = (1, 1, 1, 2, 2, 3, 4, 6, 12)


class Offer(NamedTuple):
    """A product, by its place in the pools, at its price of the day in pence.

    `head` and `tail` are the JSON of an order line around its quantity.
    """

    product: int
    price: int
    head: str
    tail: str

    @classmethod
    def of(cls, place: int, product: Product, price: int) -> Self:
        return cls(place, price, f'{product.json},"quantity":', f',"unit_price":"{pounds(price)}"}}')


class Baskets:
    """Draws baskets; the same random numbers, the same baskets."""

    def __init__(self, pools: Pools, random: Random) -> None:
        self._random = random.random
        self._products = pools.products
        self._companions = [product.companions for product in pools.products]
        self._favourites = self._draw(random, range(len(pools.products)), pools.product_weights)
        self._sizes = self._draw(
            random, range(1, _MOST_PRODUCTS + 1), [1 - 0.64**size for size in range(1, _MOST_PRODUCTS + 1)]
        )
        self._shelves: dict[str, list[int]] = {}
        for place, product in enumerate(pools.products):
            self._shelves.setdefault(product.category, []).append(place)
        self._regular = [
            Offer.of(place, product, product.price) for place, product in enumerate(pools.products)
        ]
        self._on_offer: dict[tuple[str, int], list[Offer]] = {}

    def draw(self, campaign: Campaign | None) -> dict[int, int]:
        """Products and how many of each somebody wants."""
        wanted: dict[int, int] = {}
        random = self._random
        product = -1
        for _ in range(next(self._sizes)):
            chance = random()
            if product >= 0 and chance < _COMPANION_SHARE:
                companions = self._companions[product]
                product = companions[int(random() * len(companions))]
            elif campaign and chance > 1 - _CAMPAIGN_SHARE and campaign.category in self._shelves:
                shelf = self._shelves[campaign.category]
                product = shelf[int(random() * len(shelf))]
            else:
                product = next(self._favourites)
            quantity = _QUANTITIES[int(random() * len(_QUANTITIES))]
            wanted[product] = wanted.get(product, 0) + quantity
        return wanted

    def offers(self, campaign: Campaign | None) -> Sequence[Offer]:
        """Every product at its price of the day, by its place in the pools."""
        if campaign is None:
            return self._regular
        key = campaign.category, campaign.percent_off
        found = self._on_offer.get(key)
        if found is None:
            found = self._on_offer[key] = self._regular.copy()
            for place in self._shelves.get(campaign.category, ()):
                price = max(1, self._products[place].price * (100 - campaign.percent_off) // 100)
                found[place] = Offer.of(place, self._products[place], price)
        return found

    @staticmethod
    def _draw(random: Random, things: range, cum_weights: Sequence[float]) -> Iterator[int]:
        while True:
            yield from random.choices(things, cum_weights=cum_weights, k=_BLOCK)

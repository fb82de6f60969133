"""What is on the shelves: counted, sold, put back, ordered anew when it runs low."""

from random import Random
from typing import Final

_LOW: Final = 60


class Stock:
    """Pieces of every product that was ever wanted, by its place in the pools."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._pieces: dict[int, int] = {}
        self._begun_with: dict[int, int] = {}
        self._ordered: set[int] = set()

    def __contains__(self, product: int) -> bool:
        return product in self._pieces

    def __getitem__(self, product: int) -> int:
        return self._pieces[product]

    def begin(self, product: int) -> None:
        """Lay in the first pieces of a product."""
        self._pieces[product] = self._begun_with[product] = self._random.randrange(200, 2_000)

    def sell(self, product: int, quantity: int) -> bool:
        """Sell, unless the product is unknown or then low: see `sell_last`."""
        left = self._pieces.get(product, 0) - quantity
        if left < _LOW:
            return False
        self._pieces[product] = left
        return True

    def sell_last(self, product: int, wanted: int) -> int:
        """Sell so many pieces or what is left; returns how many that is."""
        sold = min(wanted, self._pieces[product])
        self._pieces[product] -= sold
        return sold

    def order_if_low(self, product: int) -> bool:
        """Order more where there is little left and nothing on its way; True where that was so."""
        if self._pieces[product] >= _LOW or product in self._ordered:
            return False
        self._ordered.add(product)
        return True

    def put_back(self, product: int, quantity: int) -> None:
        self._pieces[product] += quantity

    def fill_up(self, product: int) -> int:
        """A delivery comes in, the larger the better the product sold; returns its pieces."""
        sold = max(0, self._begun_with[product] - self._pieces[product])
        quantity = max(self._random.randrange(400, 2_400), 2 * sold)
        self._ordered.discard(product)
        self._pieces[product] += quantity
        self._begun_with[product] = self._pieces[product]
        return quantity

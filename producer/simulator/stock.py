"""What is on the shelves: counted, sold, put back, ordered anew when it runs low."""

from random import Random
from typing import Final

_LOW: Final = 60


class Stock:
    """Pieces of every product that was ever wanted, by its place in the pools."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._pieces: dict[int, int] = {}
        self._sold: dict[int, int] = {}
        self._ordered: set[int] = set()

    def __contains__(self, product: int) -> bool:
        return product in self._pieces

    def __getitem__(self, product: int) -> int:
        return self._pieces[product]

    def count_first(self, product: int) -> int:
        """Start with a product; returns what is there."""
        pieces = self._pieces[product] = self._random.randrange(200, 2_000)
        return pieces

    def take(self, product: int, quantity: int) -> bool:
        """Sell; True where it runs low and must be ordered now."""
        self._pieces[product] -= quantity
        self._sold[product] = self._sold.get(product, 0) + quantity
        if self._pieces[product] >= _LOW or product in self._ordered:
            return False
        self._ordered.add(product)
        return True

    def put_back(self, product: int, quantity: int) -> None:
        self._pieces[product] += quantity

    def fill_up(self, product: int) -> int:
        """A delivery comes in, the larger the better the product sold; returns its pieces."""
        quantity = max(self._random.randrange(400, 2_400), 2 * self._sold.pop(product, 0))
        self._ordered.discard(product)
        self._pieces[product] += quantity
        return quantity

"""Sets of whole numbers kept as ranges: small while the numbers come nearly in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator


class RangeSet:
    """Whole numbers, as sorted inclusive ranges that neither touch nor overlap."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add_range(first, last)

    def add(self, number: int) -> None:
        # The common case: one more than the highest.
        if self._lasts and number == self._lasts[-1] + 1:
            self._lasts[-1] = number
        else:
            self.add_range(number, number)

    def add_range(self, first: int, last: int) -> None:
        """Add `first`..`last`, both included."""
        if last < first:
            raise ValueError(f"the range {first}..{last} runs backwards")
        begin = bisect_right(self._firsts, first)
        if begin and self._lasts[begin - 1] >= first - 1:
            begin -= 1
            first = self._firsts[begin]
        end = bisect_right(self._firsts, last + 1)
        if end > begin:
            last = max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def remove(self, number: int) -> None:
        """Take one number out; nothing happens where it is not in."""
        place = bisect_right(self._firsts, number) - 1
        if place < 0 or self._lasts[place] < number:
            return
        first, last = self._firsts[place], self._lasts[place]
        parts = [(a, b) for a, b in ((first, number - 1), (number + 1, last)) if a <= b]
        self._firsts[place : place + 1] = [a for a, _ in parts]
        self._lasts[place : place + 1] = [b for _, b in parts]

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The ranges, lowest first."""
        return iter(zip(self._firsts, self._lasts, strict=True))

    def gaps(self, last: int) -> Iterator[tuple[int, int]]:
        """The ranges of 1..`last` that are not in it, lowest first."""
        begin = 1
        for first, end in self:
            if begin < first:
                yield begin, min(first - 1, last)
            begin = end + 1
        if begin <= last:
            yield begin, last

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def count(self) -> int:
        """How many numbers are in it."""
        return sum(self._lasts) - sum(self._firsts) + len(self._firsts)

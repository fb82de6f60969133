"""Sets of identities: a digest that does not depend on order, and numbers kept as ranges."""

from __future__ import annotations

import hashlib
from typing import Iterable, Iterator, List, Sequence, Tuple

_MODULUS = 2**128
MOST_NAMED = 5
"""How many identities are named where some are missing."""


class Digest:
    """Count and sum of the hashes of what was added: equal for equal multisets, whatever their order."""

    def __init__(self, count: int = 0, total: int = 0) -> None:
        self.count = count
        self._sum = total % _MODULUS

    def add(self, identity: str) -> None:
        digest = hashlib.blake2b(identity.encode(), digest_size=16).digest()
        self.count += 1
        self._sum = (self._sum + int.from_bytes(digest, "big")) % _MODULUS

    def __add__(self, other: Digest) -> Digest:
        return Digest(self.count + other.count, self._sum + other._sum)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (self.count, self._sum) == (other.count, other._sum)

    def __hash__(self) -> int:
        return hash((self.count, self._sum))

    def __str__(self) -> str:
        return f"{self.count}:{self._sum:032x}"


Ranges = Tuple[Tuple[int, int], ...]
"""Inclusive ranges of whole numbers, sorted and apart."""


def ranges(numbers: Iterable[int], known: Sequence[Sequence[int]] = ()) -> Ranges:
    """The numbers, and those of `known`, as ranges."""
    found: List[Tuple[int, int]] = []
    points = [*((number, number) for number in numbers), *((first, last) for first, last in known)]
    for first, last in sorted(points):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def without(these: Sequence[Sequence[int]], those: Sequence[Sequence[int]]) -> Ranges:
    """The numbers of `these` that are not in `those`; both as ranges, sorted and apart."""
    left: List[Tuple[int, int]] = []
    others = list(those)
    for first, last in these:
        at = first
        for begin, end in others:
            if end < at:
                continue
            if begin > last:
                break
            if at < begin:
                left.append((at, begin - 1))
            at = max(at, end + 1)
        if at <= last:
            left.append((at, last))
    return tuple(left)


def size(these: Sequence[Sequence[int]]) -> int:
    """How many numbers there are."""
    return sum(last - first + 1 for first, last in these)


def numbers(these: Sequence[Sequence[int]]) -> Iterator[int]:
    """Each number."""
    return (number for first, last in these for number in range(first, last + 1))


def digest_of(these: Sequence[Sequence[int]]) -> str:
    """A digest of ranges: they are sorted, so equal sets have equal texts."""
    text = ",".join(f"{first}-{last}" for first, last in these)
    return f"{size(these)}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"

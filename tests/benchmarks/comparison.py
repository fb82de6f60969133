"""One row of the benchmarks' table: ours beside a named peer, measured in the same run."""

from collections.abc import Callable
from typing import NamedTuple


class Comparison(NamedTuple):
    """One step; rates in `unit`, `ratio` is compared with `goal` ("≥ 1.6", "≤ 0.6", or a sentence)."""

    step: str
    unit: str
    ours: float
    peer: float
    ratio: float
    goal: str

    @property
    def is_met(self) -> bool | None:
        """Whether the ratio meets the goal; None where the goal is no comparison."""
        sign, _, number = self.goal.partition(" ")
        try:
            bound = float(number.split()[0])
        except (ValueError, IndexError):
            return None
        return {"≥": self.ratio >= bound, "≤": self.ratio <= bound}.get(sign)


Measure = Callable[[], list[Comparison]]

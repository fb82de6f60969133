"""Load over time: each shape says when the events of a run are due, in seconds after it began.

`rate` is the mean in events a second: over whole periods, for the ramp once it is up.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from random import Random
from typing import Final

from producer.draft import EventDraft
from producer.errors import WrongPlan

Moments = Iterator[float]


class ShapedPace:
    """A `Pace` whose events are due at the moments of a shape, for `duration` seconds, or for ever."""

    def __init__(self, moments: Moments, duration: float | None = None) -> None:
        self._moments = moments
        self._duration = duration

    def due(self, draft: EventDraft) -> float | None:  # noqa: ARG002 - the protocol's
        moment = next(self._moments)
        return None if self._duration is not None and moment >= self._duration else moment


def constant(rate: float) -> Moments:
    """Equal gaps."""
    return (number / rate for number in count())


def ramp(rate: float, *, start: float = 0.1, over: float = 60.0) -> Moments:
    """From `start` of the rate up to the rate within `over` seconds, in a straight line, then constant."""
    first = start * rate
    slope = (rate - first) / over
    during = (first + rate) / 2 * over
    for number in count():
        if number >= during:
            yield over + (number - during) / rate
        elif slope:
            yield (math.sqrt(first * first + 2 * slope * number) - first) / slope
        else:
            yield number / rate


def sine(rate: float, *, period: float = 60.0, depth: float = 0.5) -> Moments:
    """Swings around the rate by the share `depth` of it, one wave in `period` seconds."""
    wave = 2 * math.pi / period
    moment = 0.0
    for number in count():
        low, high = moment, moment + period
        while high - low > 1e-7:
            middle = (low + high) / 2
            so_far = rate * (middle + depth / wave * (1 - math.cos(wave * middle)))
            low, high = (middle, high) if so_far < number else (low, middle)
        moment = high if number else 0.0
        yield moment


def poisson(rate: float, *, seed: float = 0) -> Moments:
    """Independent events: gaps are exponential, as of many customers who know nothing of each other."""
    random = Random(f"poisson {seed}")  # noqa: S311 - no secret
    moment = 0.0
    while True:
        yield moment
        moment += random.expovariate(rate)


def burst(rate: float, *, every: float = 30.0, length: float = 5.0, factor: float = 10.0) -> Moments:
    """Every so many seconds a burst of `length` seconds, `factor` times as dense as the quiet between."""
    quiet = rate * every / (every - length + factor * length)
    dense = quiet * factor
    in_burst = dense * length
    for number in count():
        period, rest = divmod(number, rate * every)
        within = rest / dense if rest < in_burst else length + (rest - in_burst) / quiet
        yield period * every + within


_SHAPES: Final[Mapping[str, Callable[..., Moments]]] = {
    shape.__name__: shape for shape in (constant, ramp, sine, poisson, burst)
}
_PARAMETERS: Final = {name: tuple(shape.__kwdefaults__ or ()) for name, shape in _SHAPES.items()}
_RANGES: Final = {"depth": (0.0, 1.0), "start": (0.0, 100.0), "seed": (0.0, math.inf)}
SHAPES: Final = tuple(_SHAPES)


def parse_shape(text: str, rate: float) -> Moments:
    """Read `burst` or `burst:every=30,length=5,factor=10`.

    Raises:
        WrongPlan: says what is wrong and which parameters there are.
    """
    name, _, given = text.partition(":")
    if name not in _SHAPES:
        raise WrongPlan(f"no load shape {name!r}: there are {', '.join(SHAPES)}")
    parameters: dict[str, float] = {}
    for part in filter(None, given.split(",")):
        key, _, value = part.partition("=")
        low, high = _RANGES.get(key, (1e-3, math.inf))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if key not in _PARAMETERS[name] or not low <= number <= high:
            known = ", ".join(_PARAMETERS[name]) or "none"
            raise WrongPlan(f"{part!r} is no parameter of {name}: it takes {known}, as in key=number")
        parameters[key] = number
    if name == "burst" and parameters.get("length", 5.0) >= parameters.get("every", 30.0):
        raise WrongPlan("a burst must be shorter than the time from one to the next (length < every)")
    return _SHAPES[name](rate, **parameters)

"""When the next event is due: as fast as can be, at a steady rate, or as the events' own times say."""

from datetime import datetime
from typing import Protocol

from producer.draft import EventDraft


class Pace(Protocol):
    """Says when a draft is due, in seconds after the run began; None ends the run before it."""

    def due(self, draft: EventDraft) -> float | None: ...


class FullSpeed:
    """Everything is due at once."""

    def due(self, draft: EventDraft) -> float | None:  # noqa: ARG002 - the protocol's
        return 0.0


class SteadyPace:
    """`rate` events a second, for `duration` seconds, or for ever.

    An event's due time is reckoned from the start of the run, so that a delay is caught up and
    rounding never adds up.
    """

    def __init__(self, rate: float, duration: float | None = None) -> None:
        if rate <= 0:
            raise ValueError("the rate must be above 0 events a second")
        self._rate = rate
        self._duration = duration
        self._count = 0

    def due(self, draft: EventDraft) -> float | None:  # noqa: ARG002 - the protocol's
        moment = self._count / self._rate
        if self._duration is not None and moment >= self._duration:
            return None
        self._count += 1
        return moment


class EventTimePace:
    """Events follow each other as they did in the shop, `speed` times as fast.

    Time counts from the first event; one that happened before it is due at once.
    """

    def __init__(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError("the speed must be above 0 times real time")
        self._speed = speed
        self._first: datetime | None = None

    def due(self, draft: EventDraft) -> float | None:
        moment = datetime.fromisoformat(draft.occurred_at)
        if self._first is None:
            self._first = moment
        return max(0.0, (moment - self._first).total_seconds() / self._speed)

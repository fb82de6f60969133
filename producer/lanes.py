"""Back-off per shard: one that is throttled waits, the others go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from producer.parcels import Parcel


@dataclass
class Lane:
    """How sending to one shard goes. Times in seconds of the stream's clock."""

    attempts: int = 0
    """In a row, of which nothing was taken."""
    stuck_since: float = 0.0
    resume_at: float = 0.0


class Lanes:
    """The lanes of all shards in which something has failed."""

    def __init__(
        self, first_pause: float, longest_pause: float, jitter: Callable[[float, float], float]
    ) -> None:
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._jitter = jitter
        self._lanes: dict[str, Lane] = {}

    def is_open(self, parcel: Parcel, now: float) -> bool:
        """Whether the parcel may be sent now."""
        lane = self._lanes.get(parcel.shard_id)
        return lane is None or lane.resume_at <= now

    def resume_at(self, parcels: Iterable[Parcel]) -> float:
        """When the first of the parcels may be sent."""
        return min(
            lane.resume_at if (lane := self._lanes.get(parcel.shard_id)) else 0.0 for parcel in parcels
        )

    def settle(self, taken: Iterable[Parcel], failed: Iterable[Parcel], now: float) -> list[Lane]:
        """Note one request's outcome; returns the lanes in which something failed.

        Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
        """
        for parcel in taken:
            self._lanes.pop(parcel.shard_id, None)
        stuck: list[Lane] = []
        for shard_id in dict.fromkeys(parcel.shard_id for parcel in failed):
            lane = self._lanes.setdefault(shard_id, Lane(stuck_since=now))
            lane.attempts += 1
            ceiling = min(self._longest_pause, self._first_pause * 2 ** min(lane.attempts - 1, 30))
            lane.resume_at = now + self._jitter(0.0, ceiling)
            stuck.append(lane)
        return stuck

    def reset(self) -> None:
        """Forget all failures, with the waiting that they ask for."""
        self._lanes.clear()

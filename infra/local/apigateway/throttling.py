"""Token buckets, one for each route: a stage's rate and burst."""

import threading
from datetime import datetime


class Buckets:
    """Takes one token for each request; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str], tuple[float, datetime]] = {}

    def take(self, route: tuple[str, str, str], rate: float, burst: float, now: datetime) -> bool:
        """Whether a request of this route may pass: `burst` at once, `rate` a second."""
        with self._lock:
            tokens, at = self._buckets.get(route, (burst, now))
            tokens = min(burst, tokens + rate * max(0.0, (now - at).total_seconds()))
            self._buckets[route] = (max(0.0, tokens - 1) if tokens >= 1 else tokens, now)
            return tokens >= 1

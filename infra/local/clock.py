"""The clock that every engine of the embedded AWS reads, so that tests can set it."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. Times are aware and UTC."""

    def now(self) -> datetime: ...

    def wait(self, wake: threading.Event, seconds: float) -> bool:
        """Return when `wake` is set (True) or `seconds` have passed on this clock (False)."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, wake: threading.Event, seconds: float) -> bool:
        return wake.wait(seconds)


class ManualClock:
    """Stands still until `advance` is called; waiting threads look up every few real milliseconds."""

    _LOOK_UP_SECONDS = 0.005

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def wait(self, wake: threading.Event, seconds: float) -> bool:
        deadline = self.now() + timedelta(seconds=seconds)
        while not wake.is_set():
            if self.now() >= deadline:
                return False
            time.sleep(self._LOOK_UP_SECONDS)
        return True

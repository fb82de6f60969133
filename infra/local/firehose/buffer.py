"""What a delivery stream holds until it delivers."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted record; `arrived_at` is aware, UTC."""

    data: bytes
    arrived_at: datetime


class Buffer:
    """Records, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._size = 0
        self._since: datetime | None = None

    def add(self, records: Sequence[Record], now: datetime) -> None:
        with self._lock:
            self._since = self._since or now
            self._records.extend(records)
            self._size += sum(len(record.data) for record in records)

    def is_due(self, now: datetime, *, size: int, seconds: float) -> bool:
        """It holds `size` bytes, or something in it waits since `seconds`."""
        with self._lock:
            if self._since is None:
                return False
            return self._size >= size or (now - self._since).total_seconds() >= seconds

    def take(self) -> Sequence[Record]:
        """Everything; the buffer is empty then."""
        with self._lock:
            taken, self._records, self._size, self._since = self._records, [], 0, None
            return taken

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
    """Accepted records, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._size = 0

    def add(self, data: Sequence[bytes], now: datetime) -> None:
        with self._lock:
            self._records.extend(Record(one, now) for one in data)
            self._size += sum(map(len, data))

    def is_due(self, now: datetime, *, size: int, seconds: float) -> bool:
        """It holds `size` bytes, or its oldest record waits since `seconds`."""
        with self._lock:
            if not self._records:
                return False
            waited = (now - self._records[0].arrived_at).total_seconds()
            return self._size >= size or waited >= seconds

    def take(self) -> Sequence[Record]:
        """Everything; the buffer is empty then."""
        with self._lock:
            taken, self._records, self._size = self._records, [], 0
            return taken

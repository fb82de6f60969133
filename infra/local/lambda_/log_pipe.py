"""A child process's output as log lines."""

import os
import select
import threading
from collections.abc import Callable
from typing import Final

_CHUNK: Final = 65_536
_TAIL: Final = 4096


class LogPipe:
    """Reads what a child writes and passes on whole lines, in order, to `write`."""

    def __init__(self, descriptor: int, write: Callable[[list[str]], None]) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._write = write
        self._lock = threading.Lock()
        self._is_open = True
        self._partial = b""
        self._tail = b""

    def follow(self) -> None:
        """Pass lines on until the child has closed its end."""
        while True:
            select.select([self._descriptor], [], [])
            if not self.flush():
                return

    def flush(self) -> bool:
        """Pass on all that was written so far; False when the child has closed its end."""
        with self._lock:
            received = b""
            while self._is_open:
                try:
                    chunk = os.read(self._descriptor, _CHUNK)
                except BlockingIOError:
                    break
                received += chunk
                if not chunk:
                    os.close(self._descriptor)
                    self._is_open = False
            self._pass_on(received)
            return self._is_open

    def insert(self, line: str) -> None:
        """Write a line of the platform's own, after what the child wrote so far."""
        self.flush()
        with self._lock:
            self._tail = (self._tail + line.encode() + b"\n")[-_TAIL:]
            self._write([line])

    def take_tail(self) -> bytes:
        """The last 4 KB since the previous call."""
        with self._lock:
            tail, self._tail = self._tail, b""
            return tail

    def _pass_on(self, received: bytes) -> None:
        *lines, self._partial = (self._partial + received).split(b"\n")
        if self._partial and not self._is_open:
            lines.append(self._partial)
            self._partial = b""
        self._tail = (self._tail + received)[-_TAIL:]
        if lines:
            # The runtime interface client joins the lines of one error by carriage returns.
            self._write([line.decode(errors="replace").replace("\r", "\n") for line in lines])

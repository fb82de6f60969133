"""Ctrl-C and SIGTERM as a request to finish cleanly."""

import signal
import threading
from types import FrameType


def stop_on_signal() -> threading.Event:
    """An event that the first SIGINT or SIGTERM sets; the second interrupts at once."""
    stop = threading.Event()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop

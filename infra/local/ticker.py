"""Calls every engine's `tick` from one thread; an engine that fails is reported, the others go on."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Final

from infra.local.engine import Engine

_log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 0.02
_REPORT_EVERY_SECONDS: Final = 10.0


class Ticker:
    """Ticks from `start` to `stop`."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self._engines = engines
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="embedded-aws-ticker", daemon=True)
        self._reported: dict[tuple[str, str], float] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.tick()

    def tick(self) -> None:
        """Tick each engine once."""
        for name, engine in self._engines.items():
            try:
                engine.tick()
            except Exception as error:  # noqa: BLE001  # the edge of an engine: reported, the others go on
                self._report(name, error)

    def _report(self, name: str, error: Exception) -> None:
        now = time.monotonic()
        key = name, repr(error)
        if now - self._reported.get(key, -_REPORT_EVERY_SECONDS) >= _REPORT_EVERY_SECONDS:
            self._reported[key] = now
            _log.error("The %s engine of the embedded AWS failed; it goes on", name, exc_info=error)

"""What the pages read from, and how long an answer is kept."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Row = Mapping[str, object]
Rows = Sequence[Row]


class Answer(Protocol):
    """The rows of one question, and what it cost to ask."""

    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[Row, ...]: ...
    @property
    def data_scanned_bytes(self) -> int: ...
    @property
    def engine_milliseconds(self) -> int: ...


class Lake(Protocol):
    """The pipeline, as the pages see it. Each method raises `Unanswered`."""

    def ask(self, sql: str, parameters: Sequence[str]) -> Answer:
        """Ask Athena, with `parameters` bound to the statement's `?` as SQL literals."""
        ...

    def job_runs(self) -> Answer:
        """The last runs of the jobs, newest first."""
        ...

    def alarms(self) -> Answer:
        """Every alarm and its state, those that ring first."""
        ...


@dataclass(frozen=True)
class Kept:
    """An answer, and when it was given (seconds since the epoch)."""

    answer: Answer
    at: float


class KeptAnswers:
    """Answers by key, asked for again when they are too old; one thread asks, the others wait for it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._kept: dict[Hashable, Kept] = {}
        self._asking: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)

    def get(self, key: Hashable, keep_seconds: float, ask: Callable[[], Answer]) -> Kept:
        """The answer under `key`, at most `keep_seconds` old."""
        with self._asking[key]:
            kept = self._kept.get(key)
            if kept is None or self._now() - kept.at >= keep_seconds:
                kept = self._kept[key] = Kept(ask(), self._now())
            return kept

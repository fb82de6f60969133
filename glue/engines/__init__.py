"""One transform, more than one engine: what the jobs ask of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Protocol, Sequence, Tuple

from glue.bronze import BronzeObject


@dataclass(frozen=True)
class Loaded:
    """What became of bronze objects: rows read, and of these inserted, replaced, malformed.

    `conflicts` are ids that came with more than one content; `unreadable` has a reason by key;
    `rows_by_key` has the rows of every object that could be read.
    """

    rows: int
    inserted: int
    replaced: int
    malformed: int
    conflicts: Tuple[str, ...]
    unreadable: Dict[str, str]
    rows_by_key: Dict[str, int]


@dataclass(frozen=True)
class Derived:
    """How a table was brought up to its source: `unchanged`, `updated` or `rebuilt`.

    `rows` were written, rows of rewritten files among them.
    """

    table: str
    outcome: str
    rows: int


class Engine(Protocol):
    """Both steps commit once or not at all, and may be repeated at any time."""

    def load_events(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Add to the root of silver the events of bronze objects that it does not have."""
        ...

    def derive(self, table: str) -> Derived:
        """Bring a table up to the snapshot that its source has now."""
        ...

"""One transform, more than one engine: what the jobs ask of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Protocol, Sequence, Tuple

from glue.bronze import BronzeObject
from glue.checks import CheckOutcome


@dataclass(frozen=True)
class UnsoundRow:
    """A row of bronze that cannot be an event: the object that it is in, and its columns."""

    key: str
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What became of bronze objects: rows read, and of these inserted, replaced, malformed.

    `conflicts` are ids that came with more than one content; `unreadable` has a reason by key;
    `rows_by_key` has the rows of every object that could be read; `unsound` are the malformed rows.
    """

    rows: int
    inserted: int
    replaced: int
    malformed: int
    conflicts: Tuple[str, ...]
    unreadable: Dict[str, str]
    rows_by_key: Dict[str, int]
    unsound: Tuple[UnsoundRow, ...] = ()
    checks: Tuple[CheckOutcome, ...] = ()


@dataclass(frozen=True)
class Derived:
    """How a table was brought up to its source: `unchanged`, `updated` or `rebuilt`.

    `rows` were written, rows of rewritten files among them; `checks` judged the table before publishing.
    """

    table: str
    outcome: str
    rows: int
    checks: Tuple[CheckOutcome, ...] = ()


class Engine(Protocol):
    """Every step commits once or not at all; the first two may be repeated at any time."""

    def load_events(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Add to the root of silver the events of bronze objects that it does not have."""
        ...

    def close(self) -> None:
        """Give back what a merge keeps between chunks; the next load begins afresh."""
        ...

    def derive(self, table: str) -> Derived:
        """Bring a table up to the snapshot that its source has now.

        Raises:
            ChecksFailed: a check of the table found rows; it stays as it was.
        """
        ...

    def append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table that nothing derives: what a run reports."""
        ...

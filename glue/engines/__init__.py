"""One transform, more than one engine: what the jobs ask of an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Protocol, Sequence, Tuple

from glue.bronze import BronzeObject
from glue.checks import CheckOutcome
from glue.ledger.identities import MOST_NAMED, Digest


@dataclass(frozen=True)
class UnsoundRow:
    """A row of bronze that cannot be an event: the object that it is in, and its columns."""

    key: str
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Booked:
    """What became of `rows` of bronze, by the ids that the table had when it was read after the commit.

    `sound` are the ids of rows that can be events, as often as they came, `found` those of them that the
    table has; `new` of these events were not there before, `twice` are there more than once. `missing` names
    at most five ids that are not there.
    """

    rows: int = 0
    sound: Digest = field(default_factory=Digest)
    found: Digest = field(default_factory=Digest)
    new: int = 0
    twice: int = 0
    missing: Tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Booked:
        """A row of an engine's step `merge/booked`."""
        return cls(
            rows=row["rows_read"],
            sound=Digest(row["sound"], int(row["sound_sum"] or 0)),
            found=Digest(row["found"], int(row["found_sum"] or 0)),
            new=row["new_events"],
            twice=row["twice"],
            missing=tuple(row["missing"] or ()),
        )

    @property
    def is_whole(self) -> bool:
        """Whether the table has every event, once."""
        return self.sound == self.found and not self.twice

    def __add__(self, other: Booked) -> Booked:
        return Booked(
            self.rows + other.rows,
            self.sound + other.sound,
            self.found + other.found,
            self.new + other.new,
            self.twice + other.twice,
            (self.missing + other.missing)[:MOST_NAMED],
        )


@dataclass(frozen=True)
class Loaded:
    """What became of bronze objects: rows read, and of these inserted, replaced, malformed.

    `conflicts` are ids that came with more than one content; `unreadable` has a reason by key;
    `booked` has an entry by key for every object that has rows; `unsound` are the malformed rows.
    """

    rows: int
    inserted: int
    replaced: int
    malformed: int
    conflicts: Tuple[str, ...]
    unreadable: Dict[str, str]
    booked: Mapping[str, Booked]
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

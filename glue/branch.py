"""Write, audit, publish: rows are written to a branch of a table and become its rows in one commit.

Iceberg's SQL cannot set table properties in the commit of a MERGE, nor demand that the table is still the one
that was read. The commit that publishes a branch does both.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Mapping, Optional, Tuple, cast

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.update import (
    AssertRefSnapshotId,
    RemoveSnapshotRefUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
)

from glue.changes import Changes, changes_since

_MAIN = "main"
# A killed run leaves its branch behind; expiry of snapshots forgets it after this time.
_KEPT_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Branch:
    """A branch of one writer: `base` is the snapshot that it began at."""

    table: Table
    name: str
    base: int

    @property
    def identifier(self) -> Tuple[str, str]:
        """Database and table."""
        return cast("Tuple[str, str]", self.table.name())

    def head(self) -> int:
        """The snapshot that the branch has come to."""
        return self.table.refresh().metadata.refs[self.name].snapshot_id

    def changes(self) -> Changes:
        """What was written to the branch so far."""
        changes = changes_since(self.table.refresh(), self.base, self.name)
        return changes or Changes((), ())

    @property
    def spark_name(self) -> str:
        """Database, table and branch as Iceberg's Spark catalogue reads them."""
        return ".".join((*self.identifier, f"branch_{self.name}"))


@contextmanager
def branch_of(table: Table, properties: Optional[Mapping[str, str]] = None) -> Iterator[Branch]:
    """A new branch at the head of `table`; published, and `properties` set, where the block ends well.

    Raises:
        CommitFailedException: somebody else committed rows to the table meanwhile; nothing is published.
    """
    branch = _begin(table)
    is_published = False
    try:
        yield branch
        _publish(branch, properties or {})
        is_published = True
    finally:
        if not is_published:
            _forget(branch)


def _begin(table: Table) -> Branch:
    head = _head(table)
    if head is None:
        # A branch begins at a snapshot: an empty one.
        with table.transaction() as transaction:
            transaction._apply((), (_demand(_MAIN, None),))
            with transaction.update_snapshot().fast_append():
                pass
        return _begin(table)
    name = f"run_{uuid.uuid4().hex[:12]}"
    with table.transaction() as transaction:
        transaction._apply((_set(name, head, kept_ms=_KEPT_MS),), (_demand(_MAIN, head),))
    return Branch(table, name, head)


def _head(table: Table) -> Optional[int]:
    ref = table.metadata.refs.get(_MAIN)
    return ref.snapshot_id if ref else None


def _publish(branch: Branch, properties: Mapping[str, str]) -> None:
    written = branch.head()
    with branch.table.transaction() as transaction:
        transaction._apply(
            (
                _set(_MAIN, written),
                RemoveSnapshotRefUpdate(**{"ref-name": branch.name}),
                *([SetPropertiesUpdate(updates=dict(properties))] if properties else []),
            ),
            (_demand(_MAIN, branch.base), _demand(branch.name, written)),
        )


def _forget(branch: Branch) -> None:
    table = branch.table.refresh()
    if branch.name in table.metadata.refs:
        try:
            with table.transaction() as transaction:
                transaction._apply((RemoveSnapshotRefUpdate(**{"ref-name": branch.name}),))
        except CommitFailedException:
            # It is expired with the snapshots, by its age.
            return


def _set(name: str, snapshot_id: int, kept_ms: Optional[int] = None) -> SetSnapshotRefUpdate:
    return SetSnapshotRefUpdate(
        **{
            "ref-name": name,
            "type": SnapshotRefType.BRANCH,
            "snapshot-id": snapshot_id,
            "max-ref-age-ms": kept_ms,
        }
    )


def _demand(name: str, snapshot_id: Optional[int]) -> AssertRefSnapshotId:
    return AssertRefSnapshotId(**{"ref": name, "snapshot-id": snapshot_id})

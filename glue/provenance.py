"""What a derived table remembers of its making: the snapshot of its source, and the recipe."""

from __future__ import annotations

import hashlib
from typing import Dict, Optional, Sequence

from pyiceberg.table import Table

from glue.changes import Changes, changes_since
from glue.tables import TableSpec

SOURCE_SNAPSHOT = "orderlake.source-snapshot-id"
RECIPE = "orderlake.recipe"


def recipe(spec: TableSpec, query: str, shop_timezone: str) -> str:
    """A hash that changes with whatever else than the source decides the rows of a table."""
    return hashlib.sha256("\x1f".join((query, str(spec.columns), shop_timezone)).encode()).hexdigest()


def is_current(target: Table, source: Table, recipe: str, joined: Sequence[Table] = ()) -> bool:
    """Whether `target` was made by `recipe` from what its sources hold now; or these are empty."""
    snapshots = _snapshots(source, joined)
    made_from = (target.properties.get(SOURCE_SNAPSHOT), target.properties.get(RECIPE))
    return set(snapshots) == {None} or made_from == (_text(snapshots), recipe)


def changes_to_take_over(target: Table, source: Table, recipe: str) -> Optional[Changes]:
    """What changed in `source` since `target` was made; None where it must be built anew."""
    since = target.properties.get(SOURCE_SNAPSHOT)
    if not since or target.properties.get(RECIPE) != recipe:
        return None
    return changes_since(source, int(since))


def properties(source: Table, recipe: str, joined: Sequence[Table] = ()) -> Dict[str, str]:
    """The table properties to set in the commit of the rows."""
    return {SOURCE_SNAPSHOT: _text(_snapshots(source, joined)), RECIPE: recipe}


def _snapshots(source: Table, joined: Sequence[Table]) -> Sequence[Optional[int]]:
    return [table.metadata.current_snapshot_id for table in (source, *joined)]


def _text(snapshots: Sequence[Optional[int]]) -> str:
    return ",".join(str(snapshot) for snapshot in snapshots)

"""What changed in an Iceberg table since a snapshot, and how keys of rows are replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import (
    And,
    BooleanExpression,
    GreaterThanOrEqual,
    In,
    LessThanOrEqual,
    Or,
)
from pyiceberg.manifest import DataFile, ManifestContent, ManifestEntryStatus
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Operation

from glue.lake import Lake
from glue.scan import live_files, read
from glue.tables import TableSpec

# Iceberg's evaluators stop looking at longer lists.
_LONGEST_IN = 200
# That many ranges stand for more keys: ids that were given in order are in few files.
_RANGES = 20


@dataclass(frozen=True)
class Changes:
    """Files that came and files that went; a rewritten file is among both."""

    added: Tuple[FileScanTask, ...]
    removed: Tuple[FileScanTask, ...]


def changes_since(table: Table, snapshot_id: int, branch: str = "main") -> Optional[Changes]:
    """The changes after `snapshot_id` up to the head of a branch; compactions are none.

    None: the snapshot is not an ancestor any more, or rows were deleted by delete files.
    """
    added: Dict[str, DataFile] = {}
    removed: Dict[str, DataFile] = {}
    snapshot = table.snapshot_by_name(branch)
    while snapshot is not None and snapshot.snapshot_id != snapshot_id:
        if snapshot.summary is None or snapshot.summary.operation != Operation.REPLACE:
            for manifest in snapshot.manifests(table.io):
                if manifest.added_snapshot_id != snapshot.snapshot_id:
                    continue
                if manifest.content == ManifestContent.DELETES:
                    return None
                for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
                    if entry.status == ManifestEntryStatus.ADDED:
                        added[entry.data_file.file_path] = entry.data_file
                    # pyiceberg 0.10 leaves on it the snapshot that added the file, against the specification.
                    elif entry.status == ManifestEntryStatus.DELETED:
                        removed[entry.data_file.file_path] = entry.data_file
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    if snapshot is None:
        return None
    return Changes(
        added=tuple(FileScanTask(file) for path, file in added.items() if path not in removed),
        removed=tuple(FileScanTask(file) for path, file in removed.items() if path not in added),
    )


def may_hold(column: str, keys: pa.Array[Any]) -> BooleanExpression:
    """An expression that is true at least for rows whose `column` is one of `keys`; keys are not null."""
    if len(keys) <= _LONGEST_IN:
        values: List[Any] = [_literal(key) for key in keys.to_pylist()]
        return In(column, values)
    ordered = keys.take(pc.sort_indices(keys))
    size = -(-len(ordered) // _RANGES)
    ranges: List[BooleanExpression] = []
    for start in range(0, len(ordered), size):
        part = ordered.slice(start, size)
        first, last = _literal(part[0].as_py()), _literal(part[-1].as_py())
        ranges.append(And(GreaterThanOrEqual(column, first), LessThanOrEqual(column, last)))
    return Or(*ranges)


def rewrite_without(
    lake: Lake,
    table: Table,
    spec: TableSpec,
    column: str,
    keys: pa.Array[Any],
    within: Optional[BooleanExpression] = None,
) -> Tuple[List[DataFile], List[DataFile]]:
    """Files to remove and files to add so that no row has one of `keys` in `column`.

    `within` narrows the search to where such rows can be.
    """
    removed: List[DataFile] = []
    added: List[DataFile] = []
    if len(keys) == 0:
        return removed, added
    for task in live_files(table, within or may_hold(column, keys)):
        if any(pc.any(pc.is_in(batch.column(0), keys)).as_py() for batch in read(table, [task], [column])):
            removed.append(task.file)
            added.extend(lake.write(table, spec, _others(table, task, spec, column, keys)))
    return removed, added


def _others(
    table: Table, task: FileScanTask, spec: TableSpec, column: str, keys: pa.Array[Any]
) -> Iterator[pa.RecordBatch]:
    for batch in read(table, [task], spec.column_names):
        yield batch.filter(pc.invert(pc.is_in(batch.column(column), keys)))


def _literal(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

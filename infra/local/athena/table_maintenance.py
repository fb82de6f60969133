"""OPTIMIZE and VACUUM of Iceberg tables, by pyiceberg: small files become few, old snapshots and orphans go.

Both commit only if nobody else did since they looked, else they look again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.s3.models import s3_backends
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table, Transaction
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AssertRefSnapshotId, RemoveSnapshotRefUpdate, RemoveSnapshotsUpdate
from pyiceberg.table.update.snapshot import _OverwriteFiles

from infra.local.athena.errors import QueryFailed
from infra.local.engine import Runtime
from infra.local.glue.arguments import split_s3

_MAIN = "main"
_ATTEMPTS = 5
_MIB = 1024 * 1024
# Athena's table properties and their defaults; here a file is merged in memory, and so 64 MiB at most.
_TARGET = ("write_target_data_file_size_bytes", 512 * _MIB)
_FEWEST_FILES = ("optimize_rewrite_data_file_threshold", 5)
_FEWEST_DELETES = ("optimize_rewrite_delete_file_threshold", 2)
_OLDEST_SNAPSHOT = ("vacuum_max_snapshot_age_seconds", 432_000)
_FEWEST_SNAPSHOTS = ("vacuum_min_snapshots_to_keep", 1)
_MOST_BYTES_AT_ONCE = 64 * _MIB


def catalog_of(runtime: Runtime) -> Catalog:
    """The Glue catalogue as a client sees it, so that commits meet those of others."""
    properties: dict[str, Any] = {
        f"{service}.{name}": value
        for service in ("glue", "s3")
        for name, value in (
            ("endpoint", runtime.endpoint_url),
            ("region", runtime.region),
            ("access-key-id", "athena"),
            ("secret-access-key", "athena"),
        )
    }
    properties["py-io-impl"] = "pyiceberg.io.pyarrow.PyArrowFileIO"
    return GlueCatalog("athena", **properties)


def optimize(database: str, name: str, runtime: Runtime) -> None:
    """Merge the files of each partition that are too small or have deletes. `QueryFailed` if others win."""

    def attempt() -> None:
        table = catalog_of(runtime).load_table((database, name))
        bins = list(_bins(table))
        if not bins:
            return
        added = [file for tasks in bins for file in _merged(table, tasks)]
        with table.transaction() as transaction:
            _demand_head(transaction, table)
            with _ReplaceFiles(
                operation=Operation.OVERWRITE, transaction=transaction, io=table.io, snapshot_properties={}
            ) as replacement:
                for tasks in bins:
                    for task in tasks:
                        replacement.delete_data_file(task.file)
                for file in added:
                    replacement.append_data_file(file)

    _until_committed(name, attempt)


def vacuum(database: str, name: str, runtime: Runtime) -> None:
    """Forget snapshots that are too old, then delete what no snapshot needs. `QueryFailed` if others win."""
    table = catalog_of(runtime).load_table((database, name))
    seconds = _number(table.properties, _OLDEST_SNAPSHOT)
    oldest = runtime.clock.now() - timedelta(seconds=seconds)
    unused: set[str] = set()

    def attempt() -> None:
        table = catalog_of(runtime).load_table((database, name))
        before = _files_of(table, table.metadata.snapshots)
        oldest_ms = int(oldest.timestamp() * 1000)
        stale = _stale_branches(table, int(runtime.clock.now().timestamp() * 1000))
        expired = _expired(table, oldest_ms, stale)
        if expired or stale:
            with table.transaction() as transaction:
                _demand_head(transaction, table)
                transaction._apply(
                    (
                        *(RemoveSnapshotRefUpdate(**{"ref-name": ref}) for ref in stale),
                        *([RemoveSnapshotsUpdate(**{"snapshot-ids": sorted(expired)})] if expired else []),
                    ),
                    (),
                )
        unused.update(before)

    _until_committed(name, attempt)
    _delete_unneeded(catalog_of(runtime).load_table((database, name)), unused, oldest, runtime)


class _ReplaceFiles(_OverwriteFiles):
    """The same rows in other files. pyiceberg 0.10 can summarise an overwrite, but no replacement."""

    def _summary(self, snapshot_properties: Mapping[str, str] | None = None) -> Summary:
        summary = super()._summary(dict(snapshot_properties or {}))
        return Summary(operation=Operation.REPLACE, **summary.additional_properties)


def _until_committed(name: str, attempt: Callable[[], None]) -> None:
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except CommitFailedException as error:
            lost = error
    raise QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {name}") from lost


def _demand_head(transaction: Transaction, table: Table) -> None:
    head = table.metadata.refs.get(_MAIN)
    transaction._apply(
        (), (AssertRefSnapshotId(**{"ref": _MAIN, "snapshot-id": head.snapshot_id if head else None}),)
    )


def _number(properties: Mapping[str, str], setting: tuple[str, int]) -> int:
    name, default = setting
    return int(properties.get(name, default))


def _bins(table: Table) -> Iterator[Sequence[FileScanTask]]:
    """Files to merge into one, each bin of one partition."""
    target = _number(table.properties, _TARGET)
    too_small = int(table.properties.get("optimize_rewrite_min_data_file_size_bytes", target * 3 // 4))
    by_partition: dict[tuple[int, str], list[FileScanTask]] = defaultdict(list)
    for task in table.scan().plan_files():
        has_deletes = len(task.delete_files) >= _number(table.properties, _FEWEST_DELETES)
        if has_deletes or task.file.file_size_in_bytes < min(too_small, _MOST_BYTES_AT_ONCE * 3 // 4):
            by_partition[task.file.spec_id, str(task.file.partition)].append(task)
    for tasks in by_partition.values():
        has_deletes = any(task.delete_files for task in tasks)
        if len(tasks) >= _number(table.properties, _FEWEST_FILES) or has_deletes:
            for packed in _packed(tasks, min(target, _MOST_BYTES_AT_ONCE)):
                if len(packed) > 1 or packed[0].delete_files:
                    yield packed


def _packed(tasks: Sequence[FileScanTask], most_bytes: int) -> Iterator[Sequence[FileScanTask]]:
    packed: list[FileScanTask] = []
    size = 0
    for task in sorted(tasks, key=lambda task: task.file.file_path):
        if packed and size + task.file.file_size_in_bytes > most_bytes:
            yield packed
            packed, size = [], 0
        packed.append(task)
        size += task.file.file_size_in_bytes
    yield packed


def _merged(table: Table, tasks: Sequence[FileScanTask]) -> list[DataFile]:
    everything = AlwaysTrue()  # type: ignore[no-untyped-call]
    rows = ArrowScan(table.metadata, table.io, table.schema(), everything).to_table(tasks)
    return list(_dataframe_to_data_files(table_metadata=table.metadata, df=rows, io=table.io))


def _stale_branches(table: Table, now_ms: int) -> list[str]:
    """Branches and tags past their own age, which Iceberg counts from their snapshot."""
    return [
        name
        for name, ref in table.metadata.refs.items()
        if name != _MAIN
        and ref.max_ref_age_ms is not None
        and _made_at(table, ref.snapshot_id) < now_ms - ref.max_ref_age_ms
    ]


def _made_at(table: Table, snapshot_id: int) -> int:
    snapshot = table.snapshot_by_id(snapshot_id)
    return snapshot.timestamp_ms if snapshot else 0


def _expired(table: Table, oldest_ms: int, stale: Sequence[str]) -> set[int]:
    kept: set[int] = set()
    for name, ref in table.metadata.refs.items():
        if name in stale:
            continue
        kept.add(ref.snapshot_id)
        if ref.snapshot_ref_type == SnapshotRefType.BRANCH:
            fewest = _number(table.properties, _FEWEST_SNAPSHOTS)
            for place, snapshot in enumerate(_ancestors(table, ref.snapshot_id)):
                if place < fewest or snapshot.timestamp_ms >= oldest_ms:
                    kept.add(snapshot.snapshot_id)
    return {
        snapshot.snapshot_id
        for snapshot in table.metadata.snapshots
        if snapshot.snapshot_id not in kept and snapshot.timestamp_ms < oldest_ms
    }


def _ancestors(table: Table, snapshot_id: int) -> Iterator[Snapshot]:
    snapshot = table.snapshot_by_id(snapshot_id)
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None


def _files_of(table: Table, snapshots: Sequence[Snapshot]) -> set[str]:
    found: set[str] = set()
    manifests: set[str] = set()
    for snapshot in snapshots:
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in manifests:
                manifests.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                found.update(entry.data_file.file_path for entry in entries)
    return found | manifests


def _delete_unneeded(table: Table, unused: set[str], oldest: datetime, runtime: Runtime) -> None:
    """What only expired snapshots needed, and orphans old enough that no writer can still want them."""
    needed = _files_of(table, table.metadata.snapshots)
    needed.add(table.metadata_location)
    needed.update(entry.metadata_file for entry in table.metadata.metadata_log)
    bucket, prefix = split_s3(table.location().rstrip("/") + "/")
    s3 = s3_backends[runtime.account_id]["aws"]
    for found in runtime.objects.list(bucket, prefix):
        path = f"s3://{bucket}/{found.key}"
        if path not in needed and (path in unused or _aware(found.last_modified) < oldest):
            s3.delete_object(bucket, found.key)


def _aware(moment: datetime) -> datetime:
    """Moto keeps UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


__all__ = ["optimize", "vacuum"]

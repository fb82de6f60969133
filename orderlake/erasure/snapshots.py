"""What pyiceberg 0.10 cannot do to a table: manifests written anew, and history that is really gone."""

from collections import defaultdict
from collections.abc import Mapping

from pyiceberg.io import FileIO
from pyiceberg.manifest import ManifestContent, ManifestEntry, ManifestFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update import AssertRefSnapshotId, RemoveSnapshotRefUpdate, RemoveSnapshotsUpdate
from pyiceberg.table.update.snapshot import _OverwriteFiles

_MAIN = "main"


def rewrite_manifests(table: Table) -> None:
    """Write all live entries into new manifests, one for each partition spec; rows stay as they are.

    It is a `replace`, which derived tables do not take for a change.

    Raises:
        CommitFailedException: somebody else committed meanwhile.
    """
    if table.current_snapshot() is None:
        return
    with table.transaction() as transaction, _RewriteManifests(transaction, table.io):
        pass


def unmake_history(table: Table) -> None:
    """Let the table forget every branch and snapshot but the head of the main branch.

    Raises:
        CommitFailedException: somebody else committed meanwhile.
    """
    head = table.current_snapshot()
    if head is None:
        return
    refs = [name for name in table.metadata.refs if name != _MAIN]
    old = [
        snapshot.snapshot_id
        for snapshot in table.metadata.snapshots
        if snapshot.snapshot_id != head.snapshot_id
    ]
    if not refs and not old:
        return
    with table.transaction() as transaction:
        transaction._apply(
            (
                *(RemoveSnapshotRefUpdate(**{"ref-name": name}) for name in refs),
                *([RemoveSnapshotsUpdate(**{"snapshot-ids": old})] if old else []),
            ),
            (AssertRefSnapshotId(**{"ref": _MAIN, "snapshot-id": head.snapshot_id}),),
        )


def needed_by(table: Table) -> frozenset[str]:
    """Locations of everything that the table needs; of metadata also what it was (it holds no values)."""
    needed = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.metadata.snapshots:
        needed.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            needed.add(manifest.manifest_path)
            needed.update(entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
    return frozenset(needed)


class _RewriteManifests(_OverwriteFiles):
    def __init__(self, transaction: Transaction, io: FileIO) -> None:
        # pyiceberg 0.10 can summarise an overwrite, but no replacement.
        super().__init__(operation=Operation.OVERWRITE, transaction=transaction, io=io)

    def _existing_manifests(self) -> list[ManifestFile]:
        kept: list[ManifestFile] = []
        entries: dict[int, list[ManifestEntry]] = defaultdict(list)
        snapshot = self._transaction.table_metadata.snapshot_by_name(_MAIN)
        for manifest in snapshot.manifests(self._io) if snapshot else []:
            if manifest.content == ManifestContent.DELETES:
                kept.append(manifest)
            else:
                entries[manifest.partition_spec_id].extend(self.fetch_manifest_entry(manifest))
        for spec_id, live in entries.items():
            if live:
                with self.new_manifest_writer(self.spec(spec_id)) as writer:
                    for entry in live:
                        writer.existing(entry)
                kept.append(writer.to_manifest_file())
        return kept

    def _summary(self, snapshot_properties: Mapping[str, str] | None = None) -> Summary:
        summary = super()._summary(dict(snapshot_properties or {}))
        return Summary(operation=Operation.REPLACE, **summary.additional_properties)

"""The maintenance run: small files become few, old snapshots and orphans go, by Athena's own statements."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

import sql
from glue.athena import Athena
from glue.provenance import SOURCE_SNAPSHOT
from glue.scan import live_files
from glue.settings import Settings
from glue.tables import TableSpec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOG = logging.getLogger(__name__)
# Athena's own property and default; a table may have its own value.
_OLDEST_SNAPSHOT = "vacuum_max_snapshot_age_seconds"
_OLDEST_SNAPSHOT_SECONDS = 432_000


@dataclass(frozen=True)
class Extent:
    """What a table takes: data files of its current snapshot, and objects of any kind, with their bytes."""

    files: int
    bytes: int
    snapshots: int
    objects: int
    object_bytes: int


@dataclass(frozen=True)
class Maintained:
    """One table before and after; `kept_for` are tables that still need its old snapshots."""

    table: str
    before: Extent
    after: Extent
    kept_for: Tuple[str, ...]


@dataclass(frozen=True)
class MaintenanceResult:
    """What became of every Iceberg table that there is."""

    run: str
    tables: Tuple[Maintained, ...]

    def document(self) -> Dict[str, Any]:
        """The result as the job prints it."""
        return {
            "job": "maintenance",
            "run": self.run,
            "tables": {
                each.table: {
                    "before": asdict(each.before),
                    "after": asdict(each.after),
                    "kept_for": list(each.kept_for),
                }
                for each in self.tables
            },
        }


class Maintenance:
    """Maintains the Iceberg tables of one database, beside whoever reads and writes them."""

    def __init__(
        self,
        athena: Athena,
        catalog: Catalog,
        s3: S3Client,
        specs: Mapping[str, TableSpec],
        settings: Settings,
    ) -> None:
        self._athena = athena
        self._catalog = catalog
        self._s3 = s3
        self._specs = specs
        self._settings = settings

    def run(self, run_id: str, now: datetime) -> MaintenanceResult:
        """Expire the snapshots of every table, remove its orphans, and compact it.

        Raises:
            StatementFailed: Athena could not do it; tables before it are done.
        """
        maintained: List[Maintained] = []
        for name, spec in sorted(self._specs.items()):
            table = self._load(name) if spec.format == "iceberg" else None
            if table is None:
                continue
            before = self._extent(table)
            # First, because a compaction is a snapshot more that derived tables must take note of.
            kept_for = self._still_needed_by(table, now)
            if not kept_for:
                self._athena.run(sql.text("maintenance/vacuum.sql").format(table=name))
            self._athena.run(sql.text("maintenance/optimize.sql").format(table=name))
            each = Maintained(name, before, self._extent(table.refresh()), kept_for)
            _LOG.info(
                "table maintained",
                extra={"table": name, "files_before": before.files, "files_after": each.after.files},
            )
            maintained.append(each)
        return MaintenanceResult(run_id, tuple(maintained))

    def _load(self, name: str) -> Optional[Table]:
        try:
            return self._catalog.load_table((self._settings.database, name))
        except NoSuchTableError:
            return None

    def _extent(self, table: Table) -> Extent:
        files = [task.file for task in live_files(table)]
        bucket, _, prefix = table.location().partition("://")[2].partition("/")
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/"
        )
        sizes = [found["Size"] for page in pages for found in page.get("Contents", [])]
        return Extent(
            files=len(files),
            bytes=sum(file.file_size_in_bytes for file in files),
            snapshots=len(table.metadata.snapshots),
            objects=len(sizes),
            object_bytes=sum(sizes),
        )

    def _still_needed_by(self, source: Table, now: datetime) -> Tuple[str, ...]:
        """Tables that would have to be built anew if the old snapshots of `source` were forgotten now.

        A table that derives from it reads what changed since the snapshot that it was made from.
        """
        age = timedelta(seconds=int(source.properties.get(_OLDEST_SNAPSHOT, _OLDEST_SNAPSHOT_SECONDS)))
        oldest_ms = (now - age).timestamp() * 1000
        waiting: List[str] = []
        for name, spec in self._specs.items():
            # Who joins further tables reads all of them anew anyway.
            is_concerned = spec.source == source.name()[-1] and not spec.joins
            derived = self._load(name) if is_concerned else None
            made_from = (derived.properties.get(SOURCE_SNAPSHOT) or "") if derived is not None else ""
            if not made_from.isdigit() or int(made_from) == source.metadata.current_snapshot_id:
                continue
            snapshot = source.snapshot_by_id(int(made_from))
            if snapshot is not None and snapshot.timestamp_ms < oldest_ms:
                waiting.append(name)
        return tuple(waiting)

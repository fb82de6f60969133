"""The Iceberg tables: the root of silver without the person, and nothing left of what the tables were.

The jobs bring every other table up to the root. Then old snapshots are forgotten, manifests written anew
(they keep the least and greatest value of every column, also of files that are gone), and every object that
the tables do not need any more is deleted, with all its versions.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow as pa
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from glue import tables
from glue.erasure import CUSTOMER_ID, People, without
from glue.lake import Lake, connect
from glue.scan import live_files, read
from glue.settings import Settings
from orderlake.aws import Aws
from orderlake.erasure import objects
from orderlake.erasure.objects import Found
from orderlake.erasure.places import parquet_rows
from orderlake.erasure.snapshots import needed_by, rewrite_manifests, unmake_history

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = "silver_order_events"
_PARQUET = ".parquet"


class Tables:
    """The tables that the jobs keep."""

    def __init__(self, aws: Aws) -> None:
        self._bucket = aws.stack.lake_bucket
        self._s3: S3Client = aws.session.client("s3")
        settings = Settings.from_stack(aws.stack.model_dump_json())
        self._database = settings.database
        self._catalog = connect(settings)
        self._lake = Lake(self._catalog, settings)
        self._specs = {name: spec for name, spec in tables.load_all().items() if spec.format == "iceberg"}

    def search(self, people: People) -> Iterator[Found]:
        """Where they are, table by table: files of the table as it is or was, and deleted ones."""
        for name, spec in self._specs.items():
            found = Found(name)
            for version, rows in self._files(spec.location):
                if rows is None:
                    found.doubt(version)
                elif _may_name(rows) and without(rows, people) is not None:
                    found.count(version)
            yield found

    def rows_of(self, table: str) -> Iterator[pa.Table]:
        """The rows of every file of a table, of today or before."""
        return (rows for _, rows in self._files(self._specs[table].location) if rows is not None)

    def forget(self, people: People) -> int:
        """Take them out of the root of silver, in one commit; the number of files that named them."""
        spec = self._specs[ROOT]

        def attempt() -> int:
            table = self._lake.open(spec)
            removed: list[DataFile] = []
            added: list[DataFile] = []
            for task in live_files(table):
                kept = without(read(table, [task], spec.column_names).read_all(), people)
                if kept is not None:
                    removed.append(task.file)
                    added.extend(self._lake.write(table, spec, kept.to_batches()))
            if removed:
                self._lake.commit(table, add=added, remove=removed)
            return len(removed)

        return self._lake.until_committed(ROOT, attempt)

    def rewrite_manifests(self, layer: str) -> None:
        """Let manifests of the tables whose names begin with `layer` say nothing of files that are gone.

        Before the jobs that read these tables: they remember the snapshot that they read.
        """
        for table in self._present():
            if table.name()[-1].startswith(layer):
                self._repeat(table, rewrite_manifests)

    def unmake_history(self, before: datetime) -> int:
        """Forget old snapshots and delete what only they needed, if it is older than `before`.

        Gives how many objects and versions were deleted. Nobody may be writing a table: files of a commit
        to come look like files of one gone by.
        """
        deleted = 0
        for table in self._present():
            self._repeat(table, unmake_history)
            fresh = self._load(table.name()[-1])
            if fresh is not None:
                deleted += self._delete_all_but(needed_by(fresh), fresh.location(), before)
        return deleted

    def _present(self) -> Sequence[Table]:
        return [table for table in map(self._load, self._specs) if table is not None]

    def _load(self, name: str) -> Table | None:
        try:
            return self._catalog.load_table((self._database, name))
        except NoSuchTableError:
            return None

    def _repeat(self, table: Table, change: Callable[[Table], None]) -> None:
        self._lake.until_committed(table.name()[-1], lambda: change(table.refresh()))

    def _files(self, location: str) -> Iterator[tuple[objects.Version, pa.Table | None]]:
        for version in list(objects.versions(self._s3, self._bucket, location)):
            if version.key.endswith(_PARQUET):
                yield version, parquet_rows(objects.read(self._s3, self._bucket, version))

    def _delete_all_but(self, needed: frozenset[str], location: str, before: datetime) -> int:
        """Parquet last: it is what a search finds, should this be interrupted."""
        prefix = f"{urlsplit(location).path.strip('/')}/"
        unneeded = [
            version
            for version in objects.versions(self._s3, self._bucket, prefix)
            if version.modified < before
            and not (version.is_latest and f"s3://{self._bucket}/{version.key}" in needed)
        ]
        for version in sorted(unneeded, key=lambda version: version.key.endswith(_PARQUET)):
            objects.delete(self._s3, self._bucket, version)
        return len(unneeded)


def _may_name(rows: pa.Table) -> bool:
    return not {"payload", CUSTOMER_ID}.isdisjoint(rows.column_names)

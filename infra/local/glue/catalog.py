"""The part of moto's Glue catalogue that must not lose writes: `UpdateTable` with `VersionId`.

Iceberg's Glue catalogue commits by optimistic locking: it reads a table with its `VersionId` and updates it
only if that is still the current one. Moto takes every update: of two commits one is lost.
"""

import threading
from typing import Any

from moto.glue.exceptions import GlueClientError
from moto.glue.models import FakeTable, GlueBackend


class ConcurrentModificationException(GlueClientError):  # as AWS names it
    """Two processes changed one resource at once; read it again and repeat the change."""

    def __init__(self, database: str, table: str, *, expected: str, current: str) -> None:
        super().__init__(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {database}.{table} is at version "
            f"{current}, not {expected}.",
        )


class CatalogBackend(GlueBackend):
    """Moto's catalogue, its changes to databases and tables serialised."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.catalog_lock = threading.RLock()

    def create_database(self, database_name: str, *args: Any, **kwargs: Any) -> Any:
        with self.catalog_lock:
            return super().create_database(database_name, *args, **kwargs)

    def create_table(self, database_name: str, table_name: str, *args: Any, **kwargs: Any) -> FakeTable:
        with self.catalog_lock:
            return super().create_table(database_name, table_name, *args, **kwargs)

    def delete_table(self, database_name: str, table_name: str) -> None:
        with self.catalog_lock:
            super().delete_table(database_name, table_name)

    def update_table(
        self,
        database_name: str,
        table_name: str,
        table_input: dict[str, Any],
        *,
        version_id: str | None = None,
        skip_archive: bool = False,
    ) -> None:
        """Replace a table's definition; with `version_id` only if that is still the current version.

        The version grows by one each time. `skip_archive` forgets the version that was replaced.
        """
        with self.catalog_lock:
            table = self.get_table(database_name, table_name)
            current = str(table._current_version)  # moto offers no other way to it
            if version_id is not None and version_id != current:
                raise ConcurrentModificationException(
                    database_name, table_name, expected=version_id, current=current
                )
            table.update(table_input)
            if skip_archive:
                table.versions.pop(current, None)

"""Writes databases, tables and parameters through to a data directory, and brings them back.

Of a table the current definition is kept, which for an Iceberg table names its newest metadata; its version
number begins at 1 again. Partitions, jobs and older versions are not kept.
"""

import inspect
import threading
from pathlib import Path
from typing import Any

from moto.glue.models import GlueBackend
from moto.ssm.models import SimpleSystemManagerBackend

from infra.local.data_dir import DataDir, file_name


class CatalogKeeper:
    """The files of the Glue catalogue: a folder per database."""

    def __init__(self, data_dir: DataDir) -> None:
        self._data = data_dir
        self._root = data_dir.path / "glue"
        self._lock = threading.Lock()

    def _folder(self, database: str) -> Path:
        return self._root / file_name(database)

    def save(self, backend: GlueBackend, database: str, table: str | None = None) -> None:
        """Write what the backend holds now for a database or one of its tables, or remove it."""
        with self._lock:
            found = backend.databases.get(database)
            if found is None:
                self._data.remove(self._folder(database))
                return
            if table is None:
                content = {"name": database, "input": found.input}
                self._data.write_json(self._folder(database) / "database.json", content)
                return
            path = self._folder(database) / "tables" / f"{file_name(table)}.json"
            definition = found.tables.get(table)
            if definition is None:
                self._data.remove(path)
            else:
                current = definition.versions[str(definition._current_version)]
                self._data.write_json(path, {"name": table, "input": current})

    def restore(self, backend: GlueBackend) -> None:
        for folder in self._data.folders(self._root):
            if not (folder / "database.json").exists():
                continue  # killed while a database was removed
            database = self._data.read_json(folder / "database.json")
            backend.create_database(database["name"], database["input"])
            for path in self._data.files(folder / "tables", ".json"):
                table = self._data.read_json(path)
                backend.create_table(database["name"], table["name"], table["input"])


class PersistentCatalog(GlueBackend):
    """To be mixed in before a Glue backend: its changes are on disk when they are acknowledged."""

    keeper: CatalogKeeper

    def create_database(self, database_name: str, *args: Any, **kwargs: Any) -> Any:
        answer = super().create_database(database_name, *args, **kwargs)
        self.keeper.save(self, database_name)
        return answer

    def update_database(self, database_name: str, *args: Any, **kwargs: Any) -> None:
        super().update_database(database_name, *args, **kwargs)
        self.keeper.save(self, database_name)

    def delete_database(self, database_name: str) -> None:
        super().delete_database(database_name)
        self.keeper.save(self, database_name)

    def create_table(self, database_name: str, table_name: str, *args: Any, **kwargs: Any) -> Any:
        answer = super().create_table(database_name, table_name, *args, **kwargs)
        self.keeper.save(self, database_name, table_name)
        return answer

    def update_table(self, database_name: str, table_name: str, *args: Any, **kwargs: Any) -> None:
        super().update_table(database_name, table_name, *args, **kwargs)
        self.keeper.save(self, database_name, table_name)

    def delete_table(self, database_name: str, table_name: str) -> None:
        super().delete_table(database_name, table_name)
        self.keeper.save(self, database_name, table_name)


class ParameterKeeper:
    """The files of the parameter store: one per parameter."""

    def __init__(self, data_dir: DataDir) -> None:
        self._data = data_dir
        self._root = data_dir.path / "ssm"

    def save(self, arguments: dict[str, Any]) -> None:
        self._data.write_json(self._root / f"{file_name(arguments['name'])}.json", arguments)

    def forget(self, name: str) -> None:
        self._data.remove(self._root / f"{file_name(name)}.json")

    def restore(self, backend: SimpleSystemManagerBackend) -> None:
        for path in self._data.files(self._root, ".json"):
            arguments = self._data.read_json(path)
            backend.put_parameter(**{**arguments, "overwrite": False})


class PersistentParameters(SimpleSystemManagerBackend):
    """moto's parameter store whose changes are on disk when they are acknowledged."""

    keeper: ParameterKeeper

    def put_parameter(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().put_parameter(*args, **kwargs)
        signature = inspect.signature(SimpleSystemManagerBackend.put_parameter)
        given = dict(signature.bind(self, *args, **kwargs).arguments)
        del given["self"]
        self.keeper.save({**given, "parameter_type": answer.parameter_type})
        return answer

    def delete_parameter(self, name: str) -> None:
        super().delete_parameter(name)
        self.keeper.forget(name)

    def delete_parameters(self, names: list[str]) -> list[str]:
        deleted = super().delete_parameters(names)
        for name in deleted:
            self.keeper.forget(name)
        return deleted

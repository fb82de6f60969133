"""What a query's table names stand for: Glue's tables as columns, data and views."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from moto.glue.models import GlueBackend
from sqlglot import exp

from infra.local.athena import external, iceberg, information_schema
from infra.local.athena.errors import schema_not_found, table_not_found
from infra.local.athena.scan import ScanLog
from infra.local.athena.types import from_hive, to_arrow, to_trino
from infra.local.engine import Runtime

_VIEW = re.compile(r"/\*\s*Presto View:\s*(?P<data>[A-Za-z0-9+/=\s]+?)\s*\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TimeTravel:
    """FOR VERSION AS OF or FOR TIMESTAMP AS OF, the value as DuckDB reads it."""

    snapshot_id: int | None = None
    timestamp: Any = None


@dataclass(frozen=True, slots=True)
class View:
    """A stored query; names in it are looked up in `database`."""

    sql: str
    database: str


@dataclass(frozen=True, slots=True)
class Data:
    """Something that DuckDB can scan, with Athena's types of its columns."""

    columns: Mapping[str, exp.DataType]
    source: Any


@dataclass(frozen=True, slots=True)
class Relations:
    """Looks names up in the Glue catalogue."""

    glue: GlueBackend
    runtime: Runtime

    def resolve(
        self, database: str, name: str, *, travel: TimeTravel, log: ScanLog, line: int = 1, column: int = 1
    ) -> View | Data:
        """The relation `database`.`name`; `"t$snapshots"` is a metadata table of an Iceberg table."""
        if database == "information_schema":
            table = information_schema.table(name, self.glue)
            if table is None:
                raise table_not_found(database, name, line, column)
            return _from_arrow(table)
        base, _, metadata = name.partition("$")
        definition = self.definition(database, base, line=line, column=column)
        if definition.get("TableType") == "VIRTUAL_VIEW":
            return view_of(definition)
        parameters = definition.get("Parameters") or {}
        if parameters.get("table_type", "").upper() == "ICEBERG":
            return self._iceberg(parameters["metadata_location"], metadata, travel, log)
        types = columns_of(definition)
        schema = pa.schema([(column_name, to_arrow(kind)) for column_name, kind in types.items()])
        partitions = [
            partition.as_dict() for partition in self.glue.get_table(database, base).partitions.values()
        ]
        now = self.runtime.clock.now()
        return Data(types, external.dataset(definition, partitions, schema, self.runtime.objects, log, now))

    def definition(self, database: str, name: str, *, line: int = 1, column: int = 1) -> dict[str, Any]:
        """The table as Glue describes it."""
        if database not in self.glue.databases:
            raise schema_not_found(database, line, column)
        tables = self.glue.databases[database].tables
        if name not in tables:
            raise table_not_found(database, name, line, column)
        return tables[name].as_dict()

    def _iceberg(self, location: str, metadata: str, travel: TimeTravel, log: ScanLog) -> Data:
        table = iceberg.load(location, self.runtime.objects)
        if metadata:
            return _from_arrow(iceberg.metadata_table(table, metadata))
        snapshot_id = travel.snapshot_id
        if travel.timestamp is not None:
            snapshot_id = iceberg.snapshot_at(table, travel.timestamp)
        schema = table.scan(snapshot_id=snapshot_id).projection()
        return Data(iceberg.columns(schema), iceberg.dataset(table, snapshot_id, self.runtime.objects, log))


def columns_of(definition: Mapping[str, Any]) -> dict[str, exp.DataType]:
    """All columns of a table in the catalogue, partition columns last."""
    columns = definition.get("StorageDescriptor", {}).get("Columns", []) + definition.get("PartitionKeys", [])
    return {column["Name"].lower(): from_hive(column.get("Type", "string")) for column in columns}


def view_of(definition: Mapping[str, Any]) -> View:
    found = _VIEW.search(definition.get("ViewOriginalText") or "")
    if found is None:
        return View(definition.get("ViewExpandedText") or "", definition["DatabaseName"])
    stored = json.loads(base64.b64decode(found["data"]))
    return View(stored["originalSql"], stored.get("schema") or definition["DatabaseName"])


def view_text(sql: str, database: str, columns: Mapping[str, str]) -> str:
    """`ViewOriginalText` as Athena stores it; `columns` are names and Athena's types."""
    stored = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": kind} for name, kind in columns.items()],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(stored).encode()).decode()} */"


def _from_arrow(table: pa.Table) -> Data:
    kinds = {
        field.name: exp.DataType.build(_arrow_type(field.type), dialect="duckdb") for field in table.schema
    }
    return Data(kinds, table)


def _arrow_type(kind: pa.DataType) -> str:
    simple = {pa.int64(): "bigint", pa.int32(): "integer", pa.int8(): "tinyint", pa.bool_(): "boolean"}
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return simple.get(kind, "varchar") if not pa.types.is_nested(kind) else "unknown"


__all__ = ["Data", "Relations", "TimeTravel", "View", "columns_of", "to_trino", "view_of", "view_text"]

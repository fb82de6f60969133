"""`information_schema` over the Glue catalogue: what BI tools ask first."""

import pyarrow as pa
from moto.glue.models import GlueBackend

from infra.local.athena.types import from_hive, to_trino

CATALOG = "awsdatacatalog"


def table(name: str, glue: GlueBackend) -> pa.Table | None:
    """schemata, tables, views or columns; None for any other name."""
    builders = {"schemata": _schemata, "tables": _tables, "columns": _columns, "views": _views}
    builder = builders.get(name)
    return None if builder is None else builder(glue)


def _schemata(glue: GlueBackend) -> pa.Table:
    return _rows(["catalog_name", "schema_name"], [[CATALOG, name] for name in sorted(glue.databases)])


def _tables(glue: GlueBackend) -> pa.Table:
    rows: list[list[object]] = []
    for database in glue.databases.values():
        for found in database.tables.values():
            is_view = found.as_dict().get("TableType") == "VIRTUAL_VIEW"
            rows.append([CATALOG, database.name, found.name, "VIEW" if is_view else "BASE TABLE"])
    return _rows(["table_catalog", "table_schema", "table_name", "table_type"], rows)


def _views(glue: GlueBackend) -> pa.Table:
    rows: list[list[object]] = [
        [CATALOG, database.name, found.name]
        for database in glue.databases.values()
        for found in database.tables.values()
        if found.as_dict().get("TableType") == "VIRTUAL_VIEW"
    ]
    return _rows(["table_catalog", "table_schema", "table_name"], rows)


def _columns(glue: GlueBackend) -> pa.Table:
    rows: list[list[object]] = []
    for database in glue.databases.values():
        for found in database.tables.values():
            definition = found.as_dict()
            stored = definition.get("StorageDescriptor", {}).get("Columns", [])
            keys = definition.get("PartitionKeys", [])
            for position, column in enumerate([*stored, *keys], 1):
                extra = "partition key" if position > len(stored) else ""
                rows.append(
                    [
                        CATALOG,
                        database.name,
                        found.name,
                        column["Name"],
                        position,
                        None,
                        "YES",
                        to_trino(from_hive(column.get("Type", "string"))),
                        column.get("Comment"),
                        extra,
                    ]
                )
    names = ["table_catalog", "table_schema", "table_name", "column_name", "ordinal_position"]
    names += ["column_default", "is_nullable", "data_type", "comment", "extra_info"]
    return _rows(names, rows)


def _rows(names: list[str], rows: list[list[object]]) -> pa.Table:
    kinds = [pa.int64() if name == "ordinal_position" else pa.string() for name in names]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)], names=names
    )

"""Statements about the catalogue: they read and change Glue's databases, tables and views."""

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from moto.glue.exceptions import GlueClientError
from moto.s3.models import s3_backends

from infra.local.athena import iceberg, table_maintenance
from infra.local.athena.errors import QueryFailed, not_supported
from infra.local.athena.relations import Relations, columns_of, to_trino, view_of, view_text
from infra.local.athena.results import Results, Row
from infra.local.athena.statements import Kind, Statement
from infra.local.athena.types import column_info
from infra.local.glue.arguments import split_s3


def run(
    statement: Statement, *, database: str, relations: Relations, view_columns: Mapping[str, str]
) -> Results:
    """Carry out a statement that is no query; `view_columns` are those of the view to create."""
    try:
        return _run(statement, statement.database or database, relations, view_columns)
    except GlueClientError as error:
        raise QueryFailed("GENERIC_USER_ERROR", str(error.message)) from error


def _run(  # noqa: PLR0911  # one return per statement
    statement: Statement, database: str, relations: Relations, view_columns: Mapping[str, str]
) -> Results:
    name = statement.name or ""
    match statement.kind:
        case Kind.CREATE_DATABASE:
            return _create_database(statement, relations)
        case Kind.DROP_DATABASE:
            return _drop_database(statement, relations)
        case Kind.CREATE_VIEW:
            return _create_view(statement, database, relations, view_columns)
        case Kind.DROP_VIEW | Kind.DROP_TABLE:
            return _drop(statement, database, relations)
        case Kind.SHOW_DATABASES:
            return _listing("database_name", sorted(relations.glue.databases), statement.pattern)
        case Kind.SHOW_TABLES | Kind.SHOW_VIEWS:
            return _show_tables(statement, database, relations)
        case Kind.SHOW_COLUMNS:
            return _listing("field", columns_of(relations.definition(database, name)), None)
        case Kind.SHOW_CREATE_VIEW:
            view = view_of(relations.definition(database, name))
            return _listing("Create View", [f'CREATE VIEW "{database}"."{name}" AS\n{view.sql}'], None)
        case Kind.DESCRIBE:
            return _describe(relations.definition(database, name))
        case Kind.OPTIMIZE | Kind.VACUUM:
            return _maintain(statement, database, relations)
        case _:
            raise not_supported(statement.body or statement.kind)


def _done() -> Results:
    return Results([], [], is_table=False)


def _listing(column: str, values: Iterable[str], pattern: str | None) -> Results:
    rows: list[Row] = [(value,) for value in values if pattern is None or _matches(value, pattern)]
    return Results([column_info(column, "varchar")], rows, is_table=False)


def _matches(value: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(value, part.replace("%", "*")) for part in pattern.split("|"))


def _create_database(statement: Statement, relations: Relations) -> Results:
    name = statement.name or ""
    if name in relations.glue.databases:
        if statement.is_optional:
            return _done()
        raise QueryFailed("ALREADY_EXISTS", f"Database {name} already exists")
    relations.glue.create_database(name, {"Name": name})
    return _done()


def _drop_database(statement: Statement, relations: Relations) -> Results:
    name = statement.name or ""
    if name not in relations.glue.databases:
        if statement.is_optional:
            return _done()
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist")
    if relations.glue.databases[name].tables and statement.body.upper() != "CASCADE":
        raise QueryFailed(
            "SCHEMA_NOT_EMPTY", f"Database {name} is not empty. One or more tables exist. Add CASCADE"
        )
    relations.glue.delete_database(name)
    return _done()


def _create_view(
    statement: Statement, database: str, relations: Relations, view_columns: Mapping[str, str]
) -> Results:
    name = statement.name or ""
    existing = relations.glue.databases[database].tables.get(name)
    is_view = existing is not None and existing.as_dict().get("TableType") == "VIRTUAL_VIEW"
    if existing is not None and not (is_view and statement.is_optional):
        raise QueryFailed("ALREADY_EXISTS", f"View already exists: 'awsdatacatalog.{database}.{name}'")
    definition = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": _hive(kind)} for column, kind in view_columns.items()],
            "Location": "",
        },
        "ViewOriginalText": view_text(statement.body, database, view_columns),
        "ViewExpandedText": "/* Presto View */",
    }
    if existing is None:
        relations.glue.create_table(database, name, definition)
    else:
        relations.glue.update_table(database, name, definition)
    return _done()


def _hive(trino_type: str) -> str:
    base = trino_type.split("(", maxsplit=1)[0]
    named = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}
    if base == "timestamp":
        return "timestamp"
    return named.get(base, trino_type)


def _drop(statement: Statement, database: str, relations: Relations) -> Results:
    name = statement.name or ""
    try:
        definition = relations.definition(database, name)
    except QueryFailed:
        if statement.is_optional:
            return _done()
        raise
    is_view = definition.get("TableType") == "VIRTUAL_VIEW"
    if is_view != (statement.kind is Kind.DROP_VIEW):
        wanted = "view" if statement.kind is Kind.DROP_VIEW else "table"
        raise QueryFailed("TYPE_MISMATCH", f"'awsdatacatalog.{database}.{name}' is not a {wanted}")
    relations.glue.delete_table(database, name)
    parameters = definition.get("Parameters") or {}
    if parameters.get("table_type", "").upper() == "ICEBERG":
        _delete_data(parameters["metadata_location"], relations)
    return _done()


def _maintain(statement: Statement, database: str, relations: Relations) -> Results:
    name = statement.name or ""
    parameters = relations.definition(database, name).get("Parameters") or {}
    if parameters.get("table_type", "").upper() != "ICEBERG":
        raise not_supported(f"{statement.kind.upper()} of {name}, which is no Iceberg table,")
    carry_out = table_maintenance.optimize if statement.kind is Kind.OPTIMIZE else table_maintenance.vacuum
    carry_out(database, name, relations.runtime)
    return _done()


def _delete_data(metadata_location: str, relations: Relations) -> None:
    """Athena removes an Iceberg table's objects with it; only those under its location."""
    location = iceberg.load(metadata_location, relations.runtime.objects).location()
    bucket, prefix = split_s3(location.rstrip("/") + "/")
    for found in relations.runtime.objects.list(bucket, prefix):
        s3_backends[relations.runtime.account_id]["aws"].delete_object(bucket, found.key)


def _show_tables(statement: Statement, database: str, relations: Relations) -> Results:
    if database not in relations.glue.databases:
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
    tables = relations.glue.databases[database].tables
    only_views = statement.kind is Kind.SHOW_VIEWS
    names = [
        name
        for name in sorted(tables)
        if not only_views or tables[name].as_dict().get("TableType") == "VIRTUAL_VIEW"
    ]
    return _listing("views" if only_views else "tab_name", names, statement.pattern)


def _describe(definition: Mapping[str, Any]) -> Results:
    keys = {column["Name"] for column in definition.get("PartitionKeys", [])}
    rows: list[Row] = [
        (f"{name:<20}\t{_described(kind):<20}\t{'':<20}",) for name, kind in columns_of(definition).items()
    ]
    if keys:
        rows.append(("\t \t ",))
        rows.append(("# Partition Information\t \t ",))
        rows += [row for row in rows[:-2] if (row[0] or "").split("\t")[0].strip() in keys]
    names = ("col_name", "data_type", "comment")
    return Results([column_info(name, "varchar") for name in names], rows, is_table=False)


def _described(kind: Any) -> str:
    return _hive(to_trino(kind))

"""From Athena's SQL to DuckDB's: names resolved, views expanded, types known, meaning kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from infra.local.athena.dialect import to_duckdb
from infra.local.athena.errors import InvalidQuery, QueryFailed, column_not_found, not_supported
from infra.local.athena.relations import Data, Relations, TimeTravel, View
from infra.local.athena.scan import ScanLog
from infra.local.athena.typing_rules import METADATA

_UNRESOLVED = re.compile(r"(?:Column|Unknown column:?) '?\"?(?P<name>[^'\"]+?)'?\"? could not be resolved")
_DEEPEST_VIEW = 50

# Of a parameter's value: `-1`, `'x'`, `DATE '2026-01-01'`, `NULL`.
_LITERAL = (exp.Literal, exp.Boolean, exp.Null, exp.Neg, exp.Cast, exp.DataType, exp.DataTypeParam)


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run: its text for DuckDB, what to register first, and the types of its columns."""

    sql: str
    sources: Mapping[str, Any]
    names: Sequence[str]
    kinds: Sequence[exp.DataType | None]


@dataclass(slots=True)
class _Found:
    sources: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, dict[str, exp.DataType]] = field(default_factory=dict)


def parse_query(sql: str) -> exp.Query:
    """One SELECT (or WITH, VALUES, UNION). `InvalidQuery` if it is none."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="athena") if tree is not None]
    except (ParseError, TokenError) as error:
        raise InvalidQuery(_mismatch(sql, error)) from error
    if len(trees) != 1:
        raise InvalidQuery("Only one sql statement is allowed. Got: " + sql.strip())
    tree: Any = trees[0]
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(tree)
    if not isinstance(tree, exp.Query):
        raise InvalidQuery("Queries of this type are not supported")
    return tree


def plan(
    tree: exp.Query,
    *,
    database: str,
    relations: Relations,
    log: ScanLog,
    parameters: Sequence[str] = (),
    sql: str = "",
) -> Plan:
    """Resolve and translate a query. `QueryFailed` names what Athena's analyser would refuse."""
    now = relations.runtime.clock.now()
    tree = tree.copy()
    _fill(tree, parameters)
    _name_outputs(tree)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    found = _Found()
    tree = _resolve(tree, database, relations, log, found, now, sql, depth=0)
    schema = MappingSchema(dialect="athena")
    for name, columns in found.columns.items():
        schema.add_table(name, dict(columns), dialect="athena")
    qualified = _qualified(tree, schema, sql)
    annotated = annotate_types(qualified, schema=schema, expression_metadata=METADATA, dialect="athena")
    names = _final_names(annotated)
    kinds = [select.type for select in annotated.selects]
    translated = to_duckdb(annotated, now)
    return Plan(translated.sql(dialect="duckdb"), found.sources, names, kinds)


def _fill(tree: exp.Query, parameters: Sequence[str]) -> None:
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters):
        raise QueryFailed(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
            line=1,
            column=1,
        )
    for place, text in zip(places, parameters, strict=True):
        try:
            value = sqlglot.parse_one(text, read="athena")
        except ParseError as error:
            raise QueryFailed("INVALID_PARAMETER_USAGE", f"Parameter is not a literal: {text}") from error
        if not all(isinstance(node, _LITERAL) for node in value.walk()):
            raise QueryFailed("INVALID_PARAMETER_USAGE", f"Parameter is not a literal: {text}")
        place.replace(value)


def _name_outputs(tree: exp.Query) -> None:
    """Trino names an unnamed column by its place, `_col0`, in every query block."""
    for select in tree.find_all(exp.Select):
        for place, output in enumerate(select.expressions):
            named = exp.Alias | exp.Column | exp.Star | exp.Aliases
            bare = output.unnest() if isinstance(output, exp.Paren) else output
            if not isinstance(output, named) and not isinstance(bare, exp.Column):
                output.replace(exp.alias_(output.copy(), f"_col{place}"))


def _final_names(tree: exp.Query) -> list[str]:
    names = [select.alias_or_name.lower() for select in tree.selects]
    return [f"_col{at}" if re.fullmatch(r"_col\d+", name) else name for at, name in enumerate(names)]


def _resolve(
    tree: exp.Query,
    database: str,
    relations: Relations,
    log: ScanLog,
    found: _Found,
    now: datetime,
    sql: str,
    depth: int,
) -> exp.Query:
    if depth > _DEEPEST_VIEW:
        raise QueryFailed("VIEW_IS_RECURSIVE", "Statement would create a recursive view")
    tables: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name:
                tables[id(source)] = source
    for table in tables.values():
        in_database = (table.db or database).lower()
        name = table.name.lower()
        line, column = position(sql, table.this) if depth == 0 else (1, 1)
        travel = _travel(table, now)
        relation = relations.resolve(in_database, name, travel=travel, log=log, line=line, column=column)
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        if isinstance(relation, View):
            inner = parse_query(relation.sql)
            _name_outputs(inner)
            inner = _resolve(inner, relation.database, relations, log, found, now, "", depth + 1)
            replacement: exp.Expression = inner.subquery(copy=False)
        else:
            scan = f"scan_{len(found.sources)}"
            found.sources[scan] = relation.source
            found.columns[scan] = dict(relation.columns)
            replacement = exp.to_table(scan)
        replacement.set("alias", alias.copy())
        for key in ("joins", "laterals", "pivots", "sample"):
            if table.args.get(key):
                replacement.set(key, table.args[key])
        table.replace(replacement)
    return tree


def _travel(table: exp.Table, now: datetime) -> TimeTravel:
    version = table.args.get("version")
    if version is None:
        return TimeTravel()
    value = version.expression
    if version.name.upper() == "VERSION":
        return TimeTravel(snapshot_id=int(value.name))
    text = to_duckdb(exp.select(value.copy()), now).sql(dialect="duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET timezone='UTC'")
        row = connection.execute(text).fetchone()
    if row is None or not isinstance(row[0], datetime):
        raise not_supported(f"FOR TIMESTAMP AS OF {value.sql(dialect='athena')}")
    return TimeTravel(timestamp=row[0] if row[0].tzinfo else row[0].replace(tzinfo=UTC))


def _qualified(tree: exp.Query, schema: MappingSchema, sql: str) -> exp.Query:
    try:
        return qualify(
            tree,
            schema=schema,
            dialect="athena",
            expand_alias_refs=False,
            quote_identifiers=True,
            identify=True,
        )
    except OptimizeError as error:
        raise _column_fault(tree, sql, error) from error


def _column_fault(tree: exp.Query, sql: str, error: OptimizeError) -> QueryFailed:
    unresolved = _UNRESOLVED.search(str(error))
    if unresolved is None:
        return QueryFailed("SYNTAX_ERROR", str(error))
    name = unresolved["name"].split(".")[-1]
    for column in tree.find_all(exp.Column):
        if column.name.lower() == name.lower() and column.this.meta:
            return column_not_found(name, *position(sql, column.this))
    return column_not_found(name, 1, 1)


def position(sql: str, identifier: Any) -> tuple[int, int]:
    """Line and column, from 1, of an identifier in the text it was parsed from."""
    start = identifier.meta.get("start") if isinstance(identifier, exp.Expression) else None
    if start is None:
        return (1, 1)
    before = sql[:start]
    return (before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)


def _mismatch(sql: str, error: ParseError | TokenError) -> str:
    details = getattr(error, "errors", None) or [{}]
    line, column = details[0].get("line") or 1, details[0].get("col") or 1
    token = details[0].get("highlight") or sql.strip().split(" ")[0]
    return f"line {line}:{max(1, column - len(token) + 1)}: mismatched input '{token}'"


__all__ = ["Data", "Plan", "parse_query", "plan", "position"]

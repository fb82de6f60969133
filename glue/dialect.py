"""Athena's dialect made DuckDB's and Spark's; docs/sql-subset.md says what may be written."""

from __future__ import annotations

from functools import lru_cache
from typing import FrozenSet

import sqlglot
from sqlglot import exp

import sql


@lru_cache(maxsize=None)
def _parsed(text: str) -> exp.Expr:
    """The statement as a tree that callers do not change."""
    return sqlglot.parse_one(text, read="athena")


@lru_cache(maxsize=None)
def to_duckdb(text: str) -> str:
    """One statement of the portable subset, as DuckDB reads it.

    Raises:
        sqlglot.errors.SqlglotError: it is not one statement of Athena's dialect.
    """
    statement = _parsed(text).copy()
    for step in statement.find_all(exp.CTE):
        # DuckDB would keep every step's rows in memory; Athena and Spark do not either.
        step.set("materialized", False)
    return statement.sql(dialect="duckdb")


@lru_cache(maxsize=None)
def check_to_duckdb(text: str) -> str:
    """One check of the portable subset, as DuckDB reads it in little memory.

    Raises:
        sqlglot.errors.SqlglotError: it is not one statement of Athena's dialect.
    """
    statement = _parsed(text)
    group, having, source = (statement.find(kind) for kind in (exp.Group, exp.Having, exp.From))
    is_plain = not any(statement.find(kind) for kind in (exp.With, exp.Where, exp.Join, exp.Subquery))
    if not (is_plain and group and having and source) or having.this.sql() != "COUNT(*) > 1":
        return to_duckdb(text)
    keys = ", ".join(key.sql(dialect="duckdb") for key in group.expressions)
    return sql.duckdb("repeated_keys").format(keys=keys, relation=source.this.sql(dialect="duckdb"))


@lru_cache(maxsize=None)
def to_spark(text: str) -> str:
    """One statement of the portable subset, as Spark reads it.

    Raises:
        sqlglot.errors.SqlglotError: it is not one statement of Athena's dialect.
    """
    return _parsed(text).sql(dialect="spark")


@lru_cache(maxsize=None)
def columns_used(text: str) -> FrozenSet[str]:
    """The names of all columns that a statement mentions, whatever relation they belong to."""
    return frozenset(column.name for column in _parsed(text).find_all(exp.Column))


@lru_cache(maxsize=None)
def condition_on(text: str, relation: str) -> str:
    """What a statement demands of the rows of a relation before anything else, as DuckDB reads it.

    `TRUE` where it reads the relation more than once, or beside another.
    """
    readers = [table.parent_select for table in _parsed(text).find_all(exp.Table) if table.name == relation]
    select = readers[0] if len(readers) == 1 else None
    if select is None or select.args.get("joins") or not select.args.get("where"):
        return "TRUE"
    condition = select.args["where"].this.copy()
    for column in condition.find_all(exp.Column):
        column.set("table", None)
    return str(condition.sql(dialect="duckdb"))


@lru_cache(maxsize=None)
def relations_used(text: str) -> FrozenSet[str]:
    """The names of all relations that a statement reads, its own steps among them."""
    return frozenset(table.name for table in _parsed(text).find_all(exp.Table))

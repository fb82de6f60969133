"""Kinds of statements, told from their text."""

import pytest

from infra.local.athena.errors import InvalidQuery
from infra.local.athena.statements import Kind, classify


@pytest.mark.parametrize(
    ("sql", "kind", "database", "name"),
    [
        ("SELECT 1", Kind.QUERY, None, None),
        ("-- a comment\nwith x as (select 1) select * from x;", Kind.QUERY, None, None),
        ("(SELECT 1) UNION (SELECT 2)", Kind.QUERY, None, None),
        ('CREATE OR REPLACE VIEW "Db"."V" AS SELECT 1', Kind.CREATE_VIEW, "db", "v"),
        ("drop table if exists db.t;", Kind.DROP_TABLE, "db", "t"),
        ("SHOW TABLES IN `db` 'a*'", Kind.SHOW_TABLES, "db", None),
        ("CREATE DATABASE IF NOT EXISTS x", Kind.CREATE_DATABASE, None, "x"),
        ("DESCRIBE t", Kind.DESCRIBE, None, "t"),
        ("MSCK REPAIR TABLE t", Kind.UNSUPPORTED, None, None),
        ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", Kind.UNSUPPORTED, None, None),
    ],
)
def test_a_statement_is_recognised(sql: str, kind: Kind, database: str | None, name: str | None) -> None:
    statement = classify(sql)
    assert (statement.kind, statement.database, statement.name) == (kind, database, name)


@pytest.mark.parametrize("sql", ["", "  ;", "-- nothing", "hello"])
def test_what_is_no_statement_is_refused(sql: str) -> None:
    with pytest.raises(InvalidQuery):
        classify(sql)

"""Every `tests/sql/analytics/<question>/<case>/`: the answer has the expected rows, in their order.

Answers come from Athena's dialect as DuckDB reads it; Spark is asked in `test_cases_on_spark`.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot
import yaml
from sqlglot import exp

import sql
from glue.dialect import to_duckdb
from glue.tables import load
from tests.sql.test_sql_cases import arrow

CASES = sorted(path.parent for path in (Path(__file__).parent / "analytics").glob("*/*/input.yaml"))
BANNED = (exp.Unnest, exp.Struct, exp.Array, exp.Lateral, exp.JSONExtract, exp.JSONExtractScalar, exp.Ntile)


def schema(relation: str) -> pa.Schema:
    spec = load(relation)
    carried = [pa.field(part.column, pa.string()) for part in spec.partitions if part.projection]
    return pa.schema([*(field.with_nullable(True) for field in spec.arrow_schema), *carried])


def without_database(text: str) -> str:
    statement = sqlglot.parse_one(text, read="athena")
    for table in statement.find_all(exp.Table):
        table.set("db", None)
    return statement.sql(dialect="athena")


def answer(statement: str, relations: Mapping[str, pa.Table]) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(sql.duckdb("timezone_utc"))
        for name, rows in relations.items():
            connection.register(name, rows)
        return connection.execute(to_duckdb(statement)).fetch_arrow_table()


def test_there_is_a_case_for_every_question() -> None:
    assert {case.parent.name for case in CASES} == set(sql.questions())


@pytest.mark.parametrize("question", sorted(sql.questions()))
def test_a_question_begins_with_what_it_asks(question: str) -> None:
    first = sql.questions()[question].splitlines()[0]
    assert first.startswith("-- ")
    assert first.endswith("?")


@pytest.mark.parametrize("question", sorted(sql.questions()))
def test_a_question_keeps_to_the_portable_subset_and_orders_its_answer(question: str) -> None:
    statement = sqlglot.parse_one(sql.questions()[question], read="athena")
    assert not list(statement.find_all(*BANNED))
    assert statement.args.get("order") is not None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_answer_has_the_expected_rows(case: Path) -> None:
    given = yaml.safe_load((case / "input.yaml").read_text(encoding="utf-8"))
    relations = {name: arrow(rows, schema(name)) for name, rows in given.items()}
    found = answer(without_database(sql.questions()[case.parent.name]), relations)
    expected = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    assert found.to_pylist() == arrow(expected, found.schema).to_pylist()

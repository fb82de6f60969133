"""The SQL of the lake: found wherever the package lies, and within the portable subset."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

import sql
from glue.dialect import columns_used, to_duckdb
from glue.tables import load

QUERIES = [name for name in sql.tables() if (Path(sql.__file__).parent / name / "query.sql").is_file()]


def test_texts_are_found_in_a_zip(tmp_path: Path) -> None:
    package = Path(sql.__file__).parent
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".sql", ".yaml"):
                file.write(path, Path("sql") / path.relative_to(package))
    script = "import sql; print(sql.__file__, len(sql.tables()), sql.query('gold_daily_sales')[:2])"
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(archive)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == [str(archive / "sql" / "__init__.py"), str(len(sql.tables())), "--"]


def test_a_missing_text_names_its_path() -> None:
    with pytest.raises(FileNotFoundError, match=r"sql/nothing/query\.sql"):
        sql.query("nothing")


@pytest.mark.parametrize("table", QUERIES)
def test_a_query_gives_the_columns_of_its_table_in_their_order(table: str) -> None:
    statement = sqlglot.parse_one(sql.query(table), read="athena")
    assert isinstance(statement, exp.Select)
    assert tuple(statement.named_selects) == load(table).column_names


def is_double(expression: object) -> bool:
    return isinstance(expression, exp.Cast) and expression.to.is_type("double")


@pytest.mark.parametrize("table", QUERIES)
def test_a_query_keeps_to_the_portable_subset(table: str) -> None:
    statement = sqlglot.parse_one(sql.query(table), read="athena")
    assert not list(statement.find_all(exp.Unnest, exp.Struct, exp.Array, exp.Lateral, exp.JSONExtract))
    assert all(is_double(side) for division in statement.find_all(exp.Div) for side in division.flatten())
    unsaid = [
        order
        for order in statement.find_all(exp.Ordered)
        if not isinstance(order.this, exp.Column | exp.Length)
    ]
    assert not unsaid


def test_no_step_is_kept_in_memory_by_duckdb() -> None:
    assert to_duckdb(sql.query("gold_daily_sales")).count("AS NOT MATERIALIZED") == 4


def test_only_the_columns_that_a_query_reads_are_read() -> None:
    assert "description" not in columns_used(sql.query("gold_daily_sales"))

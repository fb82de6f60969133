"""The cases of queries and questions, on real Spark: the same rows as on DuckDB."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import sql
from glue.dialect import to_spark
from glue.tables import load
from tests.sql import test_analytics_cases as analytics
from tests.sql import test_sql_cases as tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # py4j leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def spark() -> Iterator["SparkSession"]:
    sessions = pytest.importorskip("pyspark.sql", reason="needs pyspark")
    session = (
        sessions.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", False)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.shuffle.partitions", 1)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def rows_of(
    spark: "SparkSession", folder: Path, statement: str, relations: Mapping[str, pa.Table]
) -> list[dict[str, Any]]:
    for name, rows in relations.items():
        pq.write_table(rows, folder / f"{name}.parquet")
        spark.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    return [row.asDict() for row in spark.sql(to_spark(statement)).collect()]


def plain(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows as texts: times in UTC, whole numbers and decimals without their types."""

    def text(value: Any) -> Any:
        if isinstance(value, datetime):
            # Spark hands over local times without a zone.
            return value.astimezone(UTC).isoformat()
        return value if isinstance(value, (bool, float)) or value is None else str(value)

    return [json.dumps({name: text(value) for name, value in row.items()}, sort_keys=True) for row in rows]


@pytest.mark.parametrize("case", tables.CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_query_gives_the_expected_rows(spark: "SparkSession", case: Path, tmp_path: Path) -> None:
    table = load(case.parent.name)
    given = yaml.safe_load((case / "input.yaml").read_text(encoding="utf-8"))
    relations = {name: tables.arrow(rows, tables.relation_schema(name)) for name, rows in given.items()}
    found = rows_of(spark, tmp_path, sql.query(table.name), relations)
    expected = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    assert sorted(plain(found)) == sorted(
        plain(tables.arrow(expected, nullable(table.arrow_schema)).to_pylist())
    )


@pytest.mark.parametrize("case", analytics.CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_an_answer_has_the_expected_rows(spark: "SparkSession", case: Path, tmp_path: Path) -> None:
    given = yaml.safe_load((case / "input.yaml").read_text(encoding="utf-8"))
    relations = {name: tables.arrow(rows, analytics.schema(name)) for name, rows in given.items()}
    statement = analytics.without_database(sql.questions()[case.parent.name])
    found = rows_of(spark, tmp_path, statement, relations)
    assert plain(found) == plain(analytics.answer(statement, relations).to_pylist())


def nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema])

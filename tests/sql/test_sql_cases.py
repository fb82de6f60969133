"""Every `tests/sql/<table>/<case>/`: the rows of its input relations give the expected rows, exactly.

`input.yaml` has rows by relation, `expected.yaml` rows; both are typed by the contracts, and a column that a
row leaves out is null.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

import sql
from glue.dialect import to_duckdb
from glue.tables import load

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/input.yaml"))

EVENTS = pa.schema(
    [
        *load("silver_order_events").arrow_schema,
        ("kind", pa.string()),
        ("quantity", pa.int64()),
        ("description", pa.string()),
        ("reference", pa.string()),
        ("original_order_id", pa.string()),
    ]
)
LINES = pa.schema([*load("silver_order_lines").arrow_schema, ("event_type", pa.string())])


def relation_schema(name: str) -> pa.Schema:
    schema = {"events": EVENTS, "lines": LINES}.get(name) or load(name).arrow_schema
    return pa.schema([field.with_nullable(True) for field in schema])


def typed(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_decimal(kind):
        return Decimal(str(value))
    if pa.types.is_timestamp(kind):
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if pa.types.is_date(kind):
        return value if isinstance(value, date) else date.fromisoformat(value)
    return value


def arrow(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    assert all(set(row) <= set(schema.names) for row in rows)
    return pa.table(
        {f.name: pa.array([typed(row.get(f.name), f.type) for row in rows], f.type) for f in schema}, schema
    )


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(sql.duckdb("timezone_utc"))
        yield connection


def test_there_are_cases_for_every_query() -> None:
    tables = {name for name in sql.tables() if (HERE.parents[1] / "sql" / name / "query.sql").is_file()}
    assert tables <= {case.parent.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_query_gives_the_expected_rows(con: duckdb.DuckDBPyConnection, case: Path) -> None:
    table = load(case.parent.name)
    relations = yaml.safe_load((case / "input.yaml").read_text(encoding="utf-8"))
    for name, rows in relations.items():
        con.register(name, arrow(rows, relation_schema(name)))
    found = con.execute(to_duckdb(sql.query(table.name))).fetch_arrow_table()
    expected = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    nullable = pa.schema([field.with_nullable(True) for field in table.arrow_schema])
    assert found.schema == nullable
    assert ordered(found) == ordered(arrow(expected, nullable))


def ordered(rows: pa.Table) -> list[dict[str, Any]]:
    return sorted(rows.to_pylist(), key=lambda row: [str(value) for value in row.values()])

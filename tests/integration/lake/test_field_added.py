"""A field that contracts did not have reaches bronze, silver and Athena; what was there stays readable."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

import glue
import sql
from glue import compatibility
from glue.tables import load, load_all, parse
from tests.integration.lake.firehose_tables import describe
from tests.integration.lake.lake_harness import LakeHarness, event
from tests.integration.local.athena_client import ask

REPOSITORY = Path(__file__).parents[3]
TABLE = "silver_stock_movements"
COLUMN = '  - {name: warehouse, type: string, description: "where the goods lie"}\n'
QUESTION = "SELECT warehouse FROM {table} ORDER BY warehouse NULLS FIRST"


def movement(number: int, **more: str) -> dict[str, Any]:
    payload = {"sku": "s1", "kind": "movement", "quantity": 1, **more}
    return event(number, payload, event_type="stock_adjusted")


def grown_contracts(folder: Path) -> Path:
    """A copy of the jobs whose contracts have one more field, as a developer would add it."""
    for package in (glue, sql):
        source = Path(package.__path__[0])
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (TABLE, "bronze_order_events"):
        schema = folder / "sql" / name / "schema.yaml"
        schema.write_text(schema.read_text(encoding="utf-8").rstrip() + f"\n{COLUMN}", encoding="utf-8")
    for path, old, new in (
        (f"{TABLE}/query.sql", "reference\n", "reference, warehouse\n"),
        ("duckdb/events.sql", '"reference": "VARCHAR",', '"reference": "VARCHAR", "warehouse": "VARCHAR",'),
        ("duckdb/events.sql", "content.reference,", "content.reference, content.warehouse,"),
    ):
        file = folder / "sql" / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def run(lake: LakeHarness, jobs: Path) -> None:
    stack = {key: value for key, value in vars(lake.settings).items() if isinstance(value, str)}
    subprocess.run(
        [sys.executable, "-m", "tests.integration.lake.run_both", json.dumps(stack)],
        cwd=jobs,
        env={**os.environ, "PYTHONPATH": f"{jobs}{os.pathsep}{REPOSITORY}"},
        check=True,
        timeout=300,
    )


def warehouses(lake: LakeHarness, table: str) -> list[str | None]:
    answer = ask(lake.aws, QUESTION.format(table=table), lake.settings.database)
    assert answer.state == "SUCCEEDED", answer.reason
    return [row[0] for row in answer.rows]


def test_a_new_field_reaches_bronze_silver_and_athena_and_old_files_stay_readable(
    lake: LakeHarness, tmp_path: Path
) -> None:
    lake.put([movement(1)], "old")
    run(lake, REPOSITORY)

    jobs = grown_contracts(tmp_path / "grown")
    bronze = parse((jobs / "sql/bronze_order_events/schema.yaml").read_text(encoding="utf-8"))
    lake.put([{**movement(2, warehouse="north"), "warehouse": "north"}], "new", schema=bronze.arrow_schema)
    run(lake, jobs)
    describe(lake.aws, lake.settings.database, lake.settings.lake_bucket, bronze)

    assert warehouses(lake, "bronze_order_events") == [None, "north"]
    assert warehouses(lake, TABLE) == [None, "north"]
    assert pa.string() == bronze.arrow_schema.field("warehouse").type


def test_the_compatibility_check_lets_a_new_field_pass_and_no_lost_one(tmp_path: Path) -> None:
    jobs = grown_contracts(tmp_path / "grown")
    grown = parse((jobs / f"sql/{TABLE}/schema.yaml").read_text(encoding="utf-8"))
    before = compatibility.promised({TABLE: load(TABLE)}, {})
    after = compatibility.promised({TABLE: grown}, {})
    assert compatibility.broken(before, after) == []
    assert compatibility.broken(after, before) != []
    assert "warehouse" not in load_all()[TABLE].column_names

"""A field that contracts did not have reaches bronze, silver and Athena; what was there stays readable."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from glue import compatibility
from glue.tables import TableSpec, load, load_all, parse
from infra.local.firehose.buffer import Record
from infra.local.firehose.conversion import convert, parquet_bytes
from infra.local.firehose.destination import Conversion
from infra.local.firehose.hive_types import parse_type
from tests.integration.lake.firehose_tables import describe
from tests.integration.lake.grown_tree import REPOSITORY, TABLE, grown_tree, run_in
from tests.integration.lake.lake_harness import LakeHarness, event
from tests.integration.local.athena_client import ask
from tests.unit.stream_processors.samples import encoded, judge, order_paid

BRONZE = "bronze_order_events"
QUESTION = "SELECT {column} AS warehouse FROM {table} ORDER BY 1 NULLS FIRST"


def movement(number: int, **more: str) -> dict[str, Any]:
    payload = {"sku": "s1", "kind": "movement", "quantity": 1, **more}
    return event(number, payload, event_type="stock_adjusted")


def run(lake: LakeHarness, jobs: Path) -> None:
    stack = {key: value for key, value in vars(lake.settings).items() if isinstance(value, str)}
    run_in(jobs, "tests.integration.lake.run_both", json.dumps(stack))


def spec_of(tree: Path, table: str) -> TableSpec:
    return parse((tree / f"sql/{table}/schema.yaml").read_text(encoding="utf-8"))


def delivered(rows: list[dict[str, Any]], spec: TableSpec) -> bytes:
    """The object that Firehose makes of the consumer's rows, by the table's columns."""
    columns = {column.name: parse_type(column.type) for column in spec.columns}
    records = [Record(json.dumps(row).encode(), datetime(2026, 1, 1, tzinfo=UTC)) for row in rows]
    converted = convert(records, columns)
    assert converted.failures == ()
    return parquet_bytes(converted.table, Conversion("d", spec.name, "us-east-1"))


def warehouses(lake: LakeHarness, table: str, column: str = "warehouse") -> list[str | None]:
    answer = ask(lake.aws, QUESTION.format(table=table, column=column), lake.settings.database)
    assert answer.state == "SUCCEEDED", answer.reason
    return [row[0] for row in answer.rows]


def test_a_new_field_reaches_bronze_silver_and_athena_and_old_files_stay_readable(
    lake: LakeHarness, tmp_path: Path
) -> None:
    lake.put([movement(1)], "old")
    run(lake, REPOSITORY)

    jobs = grown_tree(tmp_path / "grown", [TABLE, BRONZE])
    bronze = spec_of(jobs, BRONZE)
    lake.put([{**movement(2, warehouse="north"), "warehouse": "north"}], "new", schema=bronze.arrow_schema)
    run(lake, jobs)
    describe(lake.aws, lake.settings.database, lake.settings.lake_bucket, bronze)

    assert warehouses(lake, "bronze_order_events") == [None, "north"]
    assert warehouses(lake, TABLE) == [None, "north"]
    assert pa.string() == bronze.arrow_schema.field("warehouse").type


@pytest.mark.slow
def test_a_field_of_the_producers_contract_goes_through_consumer_and_firehose_to_athena(
    lake: LakeHarness, tmp_path: Path
) -> None:
    payload = {"sku": "s1", "kind": "movement", "quantity": 1}
    adjusted = order_paid(event_type="stock_adjusted", payload={**payload, "warehouse": "north"})
    assert "unknown_field" in json.dumps(judge(encoded(adjusted))._asdict())
    lake.put([movement(1)], "old")
    run(lake, REPOSITORY)

    tree = grown_tree(tmp_path / "grown", [TABLE])
    run_in(tree, "producer.contract_document")
    is_accepted, row = json.loads(
        run_in(tree, "tests.integration.lake.consume_one", json.dumps(adjusted)).stdout
    )
    assert is_accepted, row
    bronze = spec_of(tree, BRONZE)
    lake.put_bytes(delivered([row], bronze), "new")
    describe(lake.aws, lake.settings.database, lake.settings.lake_bucket, bronze)
    run(lake, tree)

    assert warehouses(lake, BRONZE, "json_extract_scalar(payload, '$.warehouse')") == [None, "north"]
    assert warehouses(lake, TABLE) == [None, "north"]


def test_the_compatibility_check_lets_a_new_field_pass_and_no_lost_one(tmp_path: Path) -> None:
    grown = spec_of(grown_tree(tmp_path / "grown", [TABLE]), TABLE)
    before = compatibility.promised({TABLE: load(TABLE)}, {})
    after = compatibility.promised({TABLE: grown}, {})
    assert compatibility.broken(before, after) == []
    assert compatibility.broken(after, before) != []
    assert "warehouse" not in load_all()[TABLE].column_names

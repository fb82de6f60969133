"""What the QuickSight dashboard shows is what the questions answer."""

from typing import Any

import pyarrow as pa
import pytest
import sqlglot
import yaml
from sqlglot import exp

import sql
from infra.terraform_runner import DIRECTORY
from tests.sql.test_analytics_cases import answer, schema, without_database

VISUALS: list[dict[str, Any]] = yaml.safe_load(
    (DIRECTORY.parents[1] / "dashboards/quicksight.yaml").read_text(encoding="utf-8")
)


def quicksight_type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "INTEGER"
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return "DECIMAL"
    return "DATETIME" if pa.types.is_temporal(kind) else "STRING"


@pytest.mark.parametrize("visual", VISUALS, ids=lambda visual: visual["question"])
def test_the_columns_are_those_of_the_answer(visual: dict[str, Any]) -> None:
    statement = without_database(sql.questions()[visual["question"]])
    parsed = sqlglot.parse_one(statement, read="athena")
    steps = {step.alias_or_name for step in parsed.find_all(exp.CTE)}
    tables = {table.name for table in parsed.find_all(exp.Table)} - steps
    found = answer(statement, {name: schema(name).empty_table() for name in tables})
    expected = [{"name": field.name, "type": quicksight_type(field.type)} for field in found.schema]
    assert visual["columns"] == expected


@pytest.mark.parametrize("visual", VISUALS, ids=lambda visual: visual["question"])
def test_a_chart_names_columns_that_are_there(visual: dict[str, Any]) -> None:
    named = {visual[role] for role in ("category", "value", "color") if role in visual}
    assert named <= {column["name"] for column in visual["columns"]}
    assert (visual["kind"] == "table") == (not named)

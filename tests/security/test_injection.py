"""What a person types is a value: it becomes no SQL, no path, no key of another place."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest
import sqlglot
from sqlglot import exp

import sql
from dashboards.errors import WrongFilter
from dashboards.filters import read_filters
from infra.local.data_dir import file_name
from orderlake.commands.query import _text
from orderlake.errors import ConditionRefused, WrongUse
from orderlake.quarantine.question import choosing, parse_condition

ATTACKS: Final = ("x' OR '1'='1", "x'; DROP TABLE t; --", "\\' OR 1=1 --")
TODAY: Final = date(2026, 7, 2)


@pytest.mark.parametrize(
    "text",
    [
        "reason = 'x'; DROP TABLE quarantine_events",
        "reason = 'x' OR quarantine_id IN (SELECT payload FROM silver_order_events)",
        "EXISTS (SELECT 1)",
        "1 = 1) UNION SELECT payload FROM bronze_order_events --",
        "raw_base64 LIKE '%'",
        "from_utf8(from_base64(errors)) = 'x'",
        "silver_orders.customer_id = 'x'",
    ],
)
def test_a_condition_asks_for_nothing_but_its_columns(text: str) -> None:
    with pytest.raises(ConditionRefused):
        parse_condition(text)


@pytest.mark.parametrize("value", ATTACKS)
def test_a_value_stays_a_literal(value: str) -> None:
    literal = "'" + value.replace("'", "''") + "'"
    assert f"quarantine_id = {literal}" in choosing(quarantine_id=value)
    assert f"reason IN ({literal})" in choosing(reasons=[value])


@pytest.mark.parametrize("name", ["country", "category", "currency"])
@pytest.mark.parametrize("value", ATTACKS)
def test_a_filter_of_the_dashboard_is_one_literal(name: str, value: str) -> None:
    literal = read_filters({name: value}, TODAY).literal(name)
    assert sqlglot.parse_one(literal, read="athena") == exp.Literal.string(value)


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("value", [*ATTACKS, "2026-01-01' OR '1'='1"])
def test_a_day_of_the_dashboard_is_a_day(name: str, value: str) -> None:
    with pytest.raises(WrongFilter):
        read_filters({name: value}, TODAY)


@pytest.mark.parametrize(
    "name", ["../../pyproject", "/etc/passwd", "revenue_by_category.sql", "", "x' OR 1=1"]
)
def test_a_question_is_a_known_name_and_no_path(name: str) -> None:
    assert name not in sql.questions()
    with pytest.raises(WrongUse, match="no question"):
        _text(None, None, name)


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..", ".", "a\0b", "a\\..\\b"]
)
def test_an_objects_key_is_no_path_on_this_machine(tmp_path: Path, key: str) -> None:
    name = file_name(key)
    assert "/" not in name
    assert (tmp_path / f"{name}.json").resolve().parent == tmp_path.resolve()

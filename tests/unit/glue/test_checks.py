"""Checks as they are written, and the log line that a warning becomes."""

import json
from datetime import UTC, datetime

import pytest

import sql
from glue import metrics
from glue.checks import CheckOutcome, combined, demand_passed, parse
from glue.dialect import relations_used, to_duckdb, to_spark
from glue.errors import ChecksFailed, TableContractError
from glue.tables import load

TEXT = "-- fail a_one: first\nSELECT x FROM t;\n\n-- warn b: second\nSELECT y\nFROM t\n"


def test_a_file_has_several_checks() -> None:
    first, second = parse("t", TEXT)
    assert (first.name, first.severity, first.description) == ("a_one", "fail", "first")
    assert (second.severity, second.statement) == ("warn", "SELECT y\nFROM t")


@pytest.mark.parametrize("text", ["SELECT 1", "-- fail a: b\n", "-- fail a: b\nSELECT 1; SELECT 2"])
def test_a_check_without_heading_or_statement_is_refused(text: str) -> None:
    with pytest.raises(TableContractError, match=r"checks\.sql"):
        parse("t", text)


@pytest.mark.parametrize("table", [name for name in sql.tables() if sql.checks(name)])
def test_checks_read_what_they_are_given_each_once(table: str) -> None:
    spec = load(table)
    given = {table, "published", spec.source, *spec.joins} - {None}
    for check in parse(table, sql.checks(table)):
        to_duckdb(check.statement)
        to_spark(check.statement)
        assert relations_used(check.statement) & given
        assert all(check.statement.count(f"FROM {relation}") <= 1 for relation in given)


def test_every_table_that_is_made_is_checked() -> None:
    made = [name for name in sql.tables() if load(name).source]
    assert all(sql.checks(name) for name in [*made, "silver_order_events"])


def test_only_a_check_that_fails_stops_a_table() -> None:
    fail, warn = parse("t", TEXT)
    demand_passed("t", [CheckOutcome(fail, 0), CheckOutcome(warn, 7)])
    with pytest.raises(ChecksFailed, match=r"a_one \(3 rows\)"):
        demand_passed("t", [CheckOutcome(fail, 3), CheckOutcome(warn, 0)])


def test_judgements_of_one_table_add_up() -> None:
    fail, warn = parse("t", TEXT)
    assert combined([CheckOutcome(fail, 1)], [CheckOutcome(fail, 2), CheckOutcome(warn, 0)]) == (
        CheckOutcome(fail, 3),
        CheckOutcome(warn, 0),
    )


def test_a_metric_is_a_line_of_the_log() -> None:
    document = json.loads(metrics.line({"FailingRows": 2}, {"Table": "t"}, datetime(2026, 1, 1, tzinfo=UTC)))
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert (document["FailingRows"], document["Table"]) == (2, "t")
    assert directive["Dimensions"] == [["Table"]]
    assert directive["Metrics"] == [{"Name": "FailingRows", "Unit": "Count"}]
    assert document["_aws"]["Timestamp"] == 1_767_225_600_000

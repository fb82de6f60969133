"""The condition of --where: harmless expressions only, and nothing of the text reaches Athena."""

from datetime import UTC, datetime

import pytest

from orderlake.errors import ConditionRefused
from orderlake.quarantine.question import choosing, parse_condition


@pytest.mark.parametrize(
    "text",
    [
        "reason = 'invalid_value'",
        "reason IN ('invalid_value', 'naive_time') AND raw_size < 1000",
        "NOT (event_type LIKE 'order%' ESCAPE '!') OR event_id IS NULL",
        "sequence BETWEEN 1 AND 100",
        "lower(producer_id) = 'shop' AND length(event_id) > 0",
        "regexp_like(errors, 'currency')",
        "coalesce(sequence, -1) >= 0",
        "reason = 'it''s -- not a comment; DROP TABLE x'",
        "true",
    ],
)
def test_a_condition_over_the_columns_is_taken(text: str) -> None:
    assert parse_condition(text).sql("athena")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "reason",
        "1",
        "upper(reason)",
        "reason = 'a'; DROP TABLE quarantine_events",
        "SELECT 1",
        "reason = (SELECT reason FROM bronze_order_events LIMIT 1)",
        "reason IN (SELECT reason FROM bronze_order_events)",
        "EXISTS (SELECT 1)",
        "raw_base64 LIKE '%'",
        "other.reason = 'a'",
        "password = 'a'",
        "rank() OVER () = 1",
        "count(*) > 0",
        "random() < 0.5",
        "reason = ?",
        "CAST(reason AS bigint) = 1",
        "reason = 'a' UNION SELECT 1",
        "reason = 'a",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConditionRefused):
        parse_condition(text)


def test_a_condition_cannot_leave_its_parentheses() -> None:
    statement = choosing(condition=parse_condition("false OR true"), is_redriven=False, limit=7)

    assert "(FALSE OR TRUE) AND redriven_at IS NULL" in statement
    assert statement.endswith("LIMIT 7")


def test_a_comment_in_a_condition_goes_no_further() -> None:
    assert "hello" not in choosing(condition=parse_condition("reason = 'a' /* hello */"))


def test_what_is_chosen_is_in_the_statement() -> None:
    statement = choosing(quarantine_id="it's", reasons=("not_json",), since=datetime(2026, 1, 1, tzinfo=UTC))

    for part in ("'it''s'", "reason IN ('not_json')", "first_rejected_at >= 1767225600000000"):
        assert part in statement
    assert statement.count("?") == 2


def test_the_bytes_never_pass_through_athena() -> None:
    assert "raw_base64" not in choosing()
    assert "raw_pointer" not in choosing()

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

from orderlake.rendering import render


def test_json_keeps_decimals_exact_as_strings() -> None:
    out = io.StringIO()

    render([{"amount": Decimal("6781619.0040"), "n": 3}], ["amount", "n"], "json", out)

    assert json.loads(out.getvalue()) == [{"amount": "6781619.0040", "n": 3}]


def test_json_writes_times_in_iso_8601() -> None:
    out = io.StringIO()

    render([{"day": date(2011, 9, 30), "at": datetime(2011, 9, 30, tzinfo=UTC)}], ["day", "at"], "json", out)

    assert json.loads(out.getvalue()) == [{"day": "2011-09-30", "at": "2011-09-30T00:00:00+00:00"}]


def test_csv_quotes_what_needs_it_and_leaves_nulls_empty() -> None:
    out = io.StringIO()

    render([{"sku": 'a,"b"', "category": None}], ["sku", "category"], "csv", out)

    assert out.getvalue() == 'sku,category\n"a,""b""",\n'


def test_a_table_of_nothing_says_so() -> None:
    out = io.StringIO()

    render([], ["sku"], "table", out)

    assert "0 rows" in out.getvalue()


def test_a_table_in_a_pipe_has_no_colours_and_cuts_nothing() -> None:
    out = io.StringIO()

    render([{"text": "x" * 500}], ["text"], "table", out)

    assert "x" * 500 in out.getvalue()
    assert "\x1b" not in out.getvalue()

"""Decimal division in DuckDB, against Python's decimals."""

from decimal import ROUND_HALF_UP, Context, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.athena.dialect import register_functions

WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
money = st.decimals(-(10**12), 10**12, places=4)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    register_functions(made, "DECIMAL_DIVIDE_38_4_18_4")
    return made


@settings(max_examples=200, deadline=None)
@given(money, money.filter(lambda value: value != 0))
def test_a_quotient_is_exact_and_rounded_half_away_from_zero(
    connection: duckdb.DuckDBPyConnection, left: Decimal, right: Decimal
) -> None:
    row = connection.execute(
        "SELECT decimal_divide_38_4_18_4(?::DECIMAL(38,4), ?::DECIMAL(18,4))", [str(left), str(right)]
    ).fetchone()
    assert row is not None
    assert row[0] == WIDE.divide(left, right).quantize(Decimal("0.0001"), context=WIDE)


def test_null_divides_to_null_and_zero_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute("SELECT decimal_divide_38_4_18_4(NULL, 1), decimal_divide_38_4_18_4(1, NULL)")
    assert row.fetchone() == (None, None)
    with pytest.raises(duckdb.Error, match="Division by zero"):
        connection.execute("SELECT decimal_divide_38_4_18_4(1, 0)").fetchone()

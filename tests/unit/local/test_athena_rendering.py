"""Values, rows and pages as Athena prints them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.athena.results import Results, rendered, text
from infra.local.athena.types import column_info


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, None),
        (True, "true"),
        (Decimal("-0.0000"), "-0.0000"),
        (Decimal("1E-8"), "0.00000001"),
        (0.1, "0.1"),
        (1e7, "1.0E7"),
        (9999999.0, "9999999.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (-1.25e-10, "-1.25E-10"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 678900), "2026-01-02 03:04:05.678"),  # noqa: DTZ001  # timestamp
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00.000 UTC"),
        (b"\x01\xff", "01 ff"),
        ([1, None, "a"], "[1, null, a]"),
        ({"a": [1]}, "{a=[1]}"),
    ],
)
def test_a_value_is_printed_as_athena_prints_it(value: Any, printed: str | None) -> None:
    assert text(value) == printed


def test_columns_of_a_batch_are_printed_by_their_type() -> None:
    batch = pa.record_batch(
        {
            "n": pa.array([1, None]),
            "d": pa.array([Decimal("1.5000"), Decimal("-2.0000")], pa.decimal128(38, 4)),
            "m": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
            "t": pa.array([datetime(2026, 1, 2, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
        }
    )
    kinds = ["bigint", "decimal(38,4)", "map(varchar,bigint)", "timestamp(6) with time zone"]
    assert rendered(batch, kinds) == [
        ("1", "1.5000", "{a=1}", "2026-01-02 00:00:00.000000 UTC"),
        (None, "-2.0000", None, None),
    ]


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_put_together_are_the_header_and_all_rows(count: int, size: int) -> None:
    rows = [(str(number),) for number in range(count)]
    results = Results([column_info("n", "bigint")], rows)
    collected: list[tuple[str | None, ...]] = []
    token: str | None = None
    while True:
        page, token = results.page(token, size)
        assert len(page) <= size
        collected += page
        if token is None:
            break
    assert collected == [("n",), *rows]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("decimal(38,4)", ("decimal", 38, 4)),
        ("timestamp(6) with time zone", ("timestamp with time zone", 6, 0)),
        ("varchar", ("varchar", 2147483647, 0)),
        ("array(bigint)", ("array", 0, 0)),
    ],
)
def test_a_column_is_described_as_the_api_does(kind: str, shown: tuple[str, int, int]) -> None:
    column = column_info("c", kind)
    assert (column.type, column.precision, column.scale) == shown

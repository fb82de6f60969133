"""Rows as bars, in the terminal and as a PNG."""

from decimal import Decimal
from pathlib import Path

import pytest

from orderlake.chart import as_png, bars_of, in_terminal
from orderlake.errors import OrderlakeError, WrongUse

COLUMNS = ("category", "units", "revenue")
ROWS = (
    {"category": "toys", "units": 1, "revenue": Decimal("200.50")},
    {"category": "garden", "units": 2, "revenue": Decimal("100.25")},
    {"category": "returned", "units": 3, "revenue": Decimal(-5)},
)


def test_the_last_numbers_are_drawn_by_the_first_other_column() -> None:
    chart = bars_of(COLUMNS, ROWS)

    assert (chart.label, chart.value) == ("category", "revenue")


def test_bars_are_as_long_as_their_numbers_and_lines_as_wide_as_the_terminal() -> None:
    head, toys, garden, returned = in_terminal(bars_of(COLUMNS, ROWS), 60)

    assert head == "revenue by category"
    assert toys.count("█") == 2 * garden.count("█")
    assert returned.count("█") == 0
    assert {len(line) for line in (toys, garden, returned)} == {60}
    assert toys.endswith("200.50")


@pytest.mark.parametrize(
    ("columns", "rows"), [(("a",), ({"a": 1},)), (("a", "b"), ()), (("a",), ({"a": "x"},))]
)
def test_what_cannot_be_drawn_is_wrong_use(
    columns: tuple[str, ...], rows: tuple[dict[str, object], ...]
) -> None:
    with pytest.raises(WrongUse, match="a chart needs"):
        bars_of(columns, rows)


def test_rows_beyond_forty_are_counted() -> None:
    rows = [{"sku": str(number), "units": number} for number in range(50)]

    *_, last = in_terminal(bars_of(("sku", "units"), rows), 80)

    assert last == "and 10 rows more"


def test_a_png_is_drawn(tmp_path: Path) -> None:
    as_png(bars_of(COLUMNS, ROWS), tmp_path / "chart.png")

    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrderlakeError, match="cannot be written"):
        as_png(bars_of(COLUMNS, ROWS), tmp_path / "nowhere" / "chart.png")

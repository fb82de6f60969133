"""Rows become figures that Plotly takes, with the numbers that the rows have."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboards import figures
from dashboards.figures import Context

LONDON = Context("GBP", ZoneInfo("Europe/London"))


def test_a_minute_is_drawn_in_the_shops_time_and_the_axis_is_an_hour() -> None:
    rows = [
        {"minute_at": datetime(2026, 7, 1, 12, 5, tzinfo=UTC), "orders_placed": 3, "orders_paid": 2},
    ]

    figure = figures.live_minutes(rows, LONDON)

    assert list(figure.data[0].x) == ["2026-07-01 13:05:00"]
    assert list(figure.layout.xaxis.range) == ["2026-07-01 12:05:00", "2026-07-01 13:06:00"]


def test_a_ranking_shows_the_first_fifteen_with_whole_numbers_and_short_names() -> None:
    rows = [
        {"category": f"a category with a long name {place}", "total_revenue": Decimal(100 - place) / 3}
        for place in range(30)
    ]

    figure = figures.revenue_by_category(rows, LONDON)

    assert len(figure.data[0].y) == 15
    assert figure.data[0].text[0] == "33"
    assert len(figure.layout.yaxis.ticktext[0]) == figures.LABEL_LENGTH


def test_names_that_are_cut_alike_stay_apart() -> None:
    rows = [
        {"category": f"a category with a long name {place}", "total_revenue": Decimal(1)}
        for place in range(2)
    ]

    (bars,) = figures.revenue_by_category(rows, LONDON).data

    assert len(set(bars.y)) == 2


def test_a_cohort_has_a_row_and_months_without_buyers_a_gap() -> None:
    rows = [
        {"cohort": date(2026, 1, 1), "months_after": 0, "customers": 4, "retention": 1.0},
        {"cohort": date(2026, 1, 1), "months_after": 2, "customers": 1, "retention": 0.25},
        {"cohort": date(2026, 2, 1), "months_after": 0, "customers": 2, "retention": 1.0},
    ]

    (cells,) = figures.cohorts(rows, LONDON).data

    assert list(cells.y) == ["2026-01", "2026-02"]
    assert [list(row) for row in cells.z] == [[1.0, None, 0.25], [1.0, None, None]]


def test_demand_of_two_weeks_stands_beside_stock() -> None:
    rows = [{"sku": "22423", "description": None, "stock_on_hand": 5, "demand_per_day": 2.5}]

    stock, demand = figures.stock_against_demand(rows, LONDON).data

    assert (list(stock.x), list(demand.x)) == ([5.0], [35.0])


@pytest.mark.parametrize("average", [None, 3.5])
def test_a_day_without_an_average_is_a_gap(average: float | None) -> None:
    rows = [{"sales_date": date(2026, 7, 1), "revenue": Decimal("2.5"), "seven_day_average": average}]

    days, averages = figures.by_day(rows, LONDON).data

    assert (list(days.y), list(averages.y)) == ([2.5], [average])

"""What the dashboard's server answers."""

from datetime import date
from decimal import Decimal

import pytest

from dashboards.catalogue import PAGES
from tests.unit.dashboards.fakes import CHOICES, FakeLake, client

CATEGORIES = "dashboard/sales_by_category"
ROWS = (
    {"category": "toys", "units": 3, "total_revenue": Decimal("1234.5000")},
    {"category": "a <b>", "units": 1, "total_revenue": Decimal("0.0001")},
)


def full_lake() -> FakeLake:
    return FakeLake({"dashboard/choices": CHOICES, CATEGORIES: ROWS})


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_every_question_and_loads_nothing_from_elsewhere(name: str) -> None:
    answer = client(full_lake()).get(f"/{name}")

    assert all(panel.title in answer.text for panel in PAGES[name].panels)
    assert "https://" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_the_first_page_is_sales() -> None:
    assert client(full_lake()).get("/").location == "/sales"


@pytest.mark.parametrize("address", ["/nothing", "/panels/nothing", "/panels/nothing.csv"])
def test_what_is_not_there_is_not_found(address: str) -> None:
    assert client(full_lake()).get(address).status_code == 404


def test_another_sites_name_for_this_host_is_refused() -> None:
    assert client(full_lake()).get("/sales", headers={"Host": "evil.example"}).status_code == 400


def test_filters_are_bound_as_literals_and_the_currency_with_most_revenue_is_the_usual_one() -> None:
    lake = full_lake()

    client(lake).get("/panels/categories?since=2026-06-01&country=Cote+d'Or")

    assert lake.bound[CATEGORIES] == ("'2026-06-01'", "'9999-12-31'", "'Cote d''Or'", "''", "'GBP'")


def test_today_is_the_shops_day() -> None:
    today = {"amount": Decimal(1), "units": 1, "usual_amount": 0.0, "usual_units": 0.0}
    lake = FakeLake({"dashboard/choices": CHOICES, "dashboard/sales_today": [today]})

    client(lake).get("/panels/today")

    assert lake.bound["dashboard/sales_today"][0] == f"'{date(2026, 7, 2)}'"


def test_a_panel_has_its_figure_its_numbers_and_what_they_cost() -> None:
    answer = client(full_lake()).get("/panels/categories").get_json()

    assert answer["figure"]["data"][0]["x"] == [1234.5, 0.0001]
    assert "1,234.50" in answer["numbers"]
    assert "0.0001" in answer["numbers"]
    assert "a &lt;b&gt;" in answer["numbers"]
    assert answer["units"] == "GBP in the days chosen · the shop's days, Europe/London"
    assert answer["facts"] == "0.12 s · 2 KiB scanned · asked 00:30:00"


def test_csv_has_every_row_exactly() -> None:
    answer = client(full_lake()).get("/panels/categories.csv")

    assert answer.text == "category,units,total_revenue\ntoys,3,1234.5000\na <b>,1,0.0001\n"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="categories.csv"'


def test_rows_of_another_currency_are_left_out() -> None:
    rows = [
        {"segment": "lost", "currency": currency, "customers": 1, "orders": 1, "amount": Decimal(amount)}
        for currency, amount in (("GBP", 5), ("EUR", 7))
    ]
    lake = FakeLake({"dashboard/choices": CHOICES, "analytics/rfm_segments": rows})

    answer = client(lake).get("/panels/segments?currency=EUR").get_json()

    assert answer["figure"]["data"][0]["x"] == [7.0]


def test_an_empty_answer_says_what_would_fill_it() -> None:
    lake = FakeLake({"dashboard/choices": CHOICES, CATEGORIES: ()})

    answer = client(lake).get("/panels/categories").get_json()

    assert answer["figure"] is None
    assert "widen them, or run the gold job" in answer["answer"]


def test_a_lake_that_does_not_answer_is_said_on_page_panel_and_csv() -> None:
    browser = client(FakeLake({}))

    assert "nothing listens" in browser.get("/sales").text
    for address in ("/panels/categories", "/panels/categories.csv"):
        answer = browser.get(address)
        assert (answer.status_code, answer.get_json()) == (503, {"problem": "nothing listens"})


def test_a_date_that_is_none_is_said() -> None:
    answer = client(full_lake()).get("/panels/categories?since=yesterday")

    assert answer.status_code == 400
    assert answer.get_json()["problem"].startswith("since=yesterday is no date")


@pytest.mark.parametrize(("keep_seconds", "times"), [(60, 1), (0, 2)])
def test_an_answer_is_kept_for_as_long_as_was_said(keep_seconds: int, times: int) -> None:
    lake = full_lake()
    browser = client(lake, keep_seconds)

    browser.get("/panels/categories")
    browser.get("/panels/categories")

    assert lake.asked[CATEGORIES] == times


def test_other_filters_are_another_answer() -> None:
    lake = full_lake()
    browser = client(lake)

    browser.get("/panels/categories?country=France")
    browser.get("/panels/categories?country=Spain")

    assert lake.asked[CATEGORIES] == 2

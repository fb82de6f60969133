"""The dashboard in a real browser, over a pipeline that runs."""

import csv
import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboards.catalogue import PAGES
from tests.browser.conftest import Watched
from tests.browser.screenshots import WIDTHS, settle
from tests.embedded_pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
LIVE_SECONDS = 10


def numbers(page: Page, panel: str) -> dict[str, str]:
    """The table under a figure: its first column and its last."""
    section = page.locator(f"#{panel}")
    if not section.locator("details").evaluate("element => element.open"):
        section.locator("summary").click()
    rows = section.locator("tbody tr").all()
    cells = [row.locator("td").all_inner_texts() for row in rows]
    return {row[0]: row[-1] for row in cells}


def placed_in_the_last_hour(page: Page) -> int:
    text = page.locator("#last-hour dd").first.inner_text()
    return int(text.replace(",", ""))


def test_a_page_says_what_to_do_before_the_first_job(dashboard: str, watched: Watched) -> None:
    watched.page.goto(f"{dashboard}/sales")

    expect(watched.page.locator("#trend .message")).to_contain_text("run `orderlake job silver --wait`")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_every_question_without_a_complaint_or_another_host(
    dashboard: str, watched: Watched, name: str
) -> None:
    watched.page.goto(f"{dashboard}/{name}")
    settle(watched.page)

    for panel in PAGES[name].panels:
        section = watched.page.locator(f"#{panel.name}")
        expect(section.locator(".message")).to_be_hidden()
        expect(section.locator(".facts")).to_have_text(re.compile(r"\d+\.\d\d s · .* scanned · asked \d\d:"))
        assert section.locator(".answer > *, .main-svg").count() > 0, panel.name
    assert watched.complaints == []
    assert watched.other_hosts == set()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_violation_on_a_desk_or_a_phone(
    dashboard: str, watched: Watched, name: str
) -> None:
    watched.page.goto(f"{dashboard}/{name}")
    for width in WIDTHS:
        watched.page.set_viewport_size({"width": width, "height": 900})
        settle(watched.page)

        found = Axe().run(watched.page).response["violations"]

        assert [(one["id"], one["nodes"]) for one in found if one["impact"] in {"serious", "critical"}] == []
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_figure_equals_the_command_line(dashboard: str, watched: Watched, filled: Pipeline) -> None:
    watched.page.goto(f"{dashboard}/sales")
    settle(watched.page)

    shown = {name: amount.replace(",", "") for name, amount in numbers(watched.page, "categories").items()}

    answer = json.loads(filled.orderlake("query", "--name", "revenue_by_category", "--format", "json"))
    assert shown == {row["category"]: row["total_revenue"].removesuffix("00") for row in answer}


def test_a_filter_changes_the_figure_the_address_and_the_csv(
    dashboard: str, watched: Watched, filled: Pipeline
) -> None:
    page = watched.page
    page.goto(f"{dashboard}/sales")
    settle(page)
    everywhere = numbers(page, "categories")

    page.get_by_label("Country").select_option("France")
    expect(page).to_have_url(re.compile("country=France"))
    expect(page.locator("#countries tbody tr")).to_have_count(1)
    settle(page)
    france = numbers(page, "categories")
    with page.expect_download() as download:
        page.get_by_label("CSV: Which categories").click()

    (total,) = filled.rows("SELECT SUM(amount) AS amount FROM gold_daily_sales WHERE country = 'France'")
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert everywhere != france
    assert f"{sum(float(row['total_revenue']) for row in rows):.4f}" == total["amount"]
    assert [row["category"] for row in rows] == list(france)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("name", "panel", "filter_", "value"),
    [
        ("customers", "deciles", "country", "France"),
        ("customers", "deciles", "category", "toys"),
        ("customers", "deciles", "since", f"{datetime.now(UTC) - timedelta(days=7):%Y-%m-%d}"),
        ("inventory", "cover", "category", "toys"),
    ],
)
def test_each_pages_filters_change_its_figures(
    dashboard: str, watched: Watched, name: str, panel: str, filter_: str, value: str
) -> None:
    page = watched.page
    page.goto(f"{dashboard}/{name}")
    settle(page)
    everything = numbers(page, panel)

    field = page.locator(f"#filters [name={filter_}]")
    field.fill(value) if filter_ == "since" else field.select_option(value)
    settle(page)

    assert everything != numbers(page, panel) != {}


@pytest.mark.usefixtures("filled")
def test_the_keyboard_reaches_pages_filters_numbers_and_csv(dashboard: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{dashboard}/sales")
    settle(page)
    reached = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))

    assert reached[:3] == ["Skip to the panels", "Sales", "Customers"]
    assert "CSV: Which products bring the most revenue?" in reached
    assert "Numbers" in reached


def test_an_order_is_on_the_page_within_ten_seconds(
    dashboard: str, watched: Watched, filled: Pipeline
) -> None:
    page = watched.page
    page.goto(f"{dashboard}/sales")
    settle(page)
    before = placed_in_the_last_hour(page)

    filled.orderlake("produce", "--records", "50", "--seed", str(datetime.now(UTC).microsecond))
    expect(page.locator("#last-hour dd").first).not_to_have_text(f"{before:,}", timeout=1000 * LIVE_SECONDS)

    assert placed_in_the_last_hour(page) > before


def test_the_page_says_what_to_do_when_the_endpoint_stops(
    dashboard: str, watched: Watched, up: ExitStack
) -> None:
    page = watched.page
    page.goto(f"{dashboard}/sales")
    settle(page)

    up.close()

    expect(page.locator("#trend .message")).to_contain_text("start `orderlake up`", timeout=20_000)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("nothing listens at")

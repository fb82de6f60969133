"""Every panel can be asked, and every question of the dashboard has a panel."""

import pytest
import sqlglot
from sqlglot import exp

import sql
from dashboards.catalogue import PAGES, PANELS, Page, Panel, Question
from dashboards.reader import CHOICES
from sql import text

ASKED = [panel for panel in PANELS.values() if isinstance(panel.source, Question)]


def test_names_are_used_once() -> None:
    assert len(PANELS) == sum(len(page.panels) for page in PAGES.values())


def test_every_statement_of_the_dashboard_is_asked() -> None:
    asked = {panel.source.file for panel in ASKED if isinstance(panel.source, Question)} | {CHOICES.file}
    assert {f"dashboard/{name}" for name in sql.names("dashboard")} == {
        file for file in asked if file.startswith("dashboard/")
    }


@pytest.mark.parametrize("panel", ASKED, ids=lambda panel: panel.name)
def test_a_panel_binds_every_parameter_of_its_statement(panel: Panel) -> None:
    assert isinstance(panel.source, Question)
    statement = sqlglot.parse_one(text(f"{panel.source.file}.sql"), read="athena")
    assert len(list(statement.find_all(exp.Placeholder))) == len(panel.source.filters)


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_a_page_offers_the_filters_that_its_panels_take(page: Page) -> None:
    bound = {
        name
        for panel in page.panels
        if isinstance(panel.source, Question)
        for name in panel.source.filters
        if name != "today"
    }
    assert bound <= set(page.filters)


@pytest.mark.parametrize("panel", PANELS.values(), ids=lambda panel: panel.name)
def test_a_panel_asks_a_question_and_says_its_units(panel: Panel) -> None:
    assert panel.title.endswith("?")
    assert panel.units.format(currency="GBP", zone="Europe/London")

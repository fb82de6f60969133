"""One pipeline, one dashboard and one browser for the module; a page that notes what it should not do."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.served import fill, served_dashboard
from tests.embedded_pipeline import Pipeline, running_pipeline


@dataclass
class Watched:
    """A page, what its console complained of, and which other hosts it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    other_hosts: set[str] = field(default_factory=set)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def note_request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in {"127.0.0.1", None}:
            self.other_hosts.add(host)


@pytest.fixture(scope="module")
def up() -> Iterator[ExitStack]:
    """What runs; the last test closes it to see what a page says then."""
    with ExitStack() as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(up: ExitStack) -> Pipeline:
    """Empty; `filled` has orders and tables."""
    return up.enter_context(running_pipeline())


@pytest.fixture(scope="module")
def dashboard(pipeline: Pipeline) -> Iterator[str]:
    with served_dashboard(pipeline, "--refresh", "2", "--keep", "1") as url:
        yield url


@pytest.fixture(scope="module")
def filled(pipeline: Pipeline) -> Pipeline:
    fill(pipeline)
    return pipeline


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with running_chromium(path) as running:
        yield running


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watched(page)
    page.on("console", watched.note_console)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("request", watched.note_request)
    yield watched
    page.close()

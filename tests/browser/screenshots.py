"""`make screenshots`: every page of the dashboard, on a desk and on a phone."""

import sys
import time
from pathlib import Path

from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.served import fill, send_an_hour, served_dashboard
from tests.embedded_pipeline import running_pipeline

WIDTHS = (1440, 390)


def settle(page: Page) -> None:
    """Wait until every panel has answered and every figure is drawn."""
    page.wait_for_selector(".panel[aria-busy=true]", state="detached", timeout=60_000)
    page.wait_for_timeout(500)


def take(url: str, chromium: str, folder: Path) -> None:
    """One PNG a page and width, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_chromium(chromium) as browser:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            for name in PAGES:
                page.goto(f"{url}/{name}")
                settle(page)
                file = folder / f"{name}-{width}.png"
                page.screenshot(full_page=True, path=file)
                print(file)


def main(folder: Path) -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit("no chromium here: apt-get install chromium")
    with running_pipeline() as pipeline:
        fill(pipeline)
        send_an_hour(pipeline)
        pipeline.orderlake("produce", "--rate", "2", "--duration", "70")
        time.sleep(3)
        with served_dashboard(pipeline) as url:
            take(url, chromium, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The blocks of commands that README and documentation mark with `<!-- run -->`, run as they stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documentation.pages import PAGES, blocks, named
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# Until Ctrl-C: what the others run against, and what is tested in a browser.
ENDLESS = {"up", "dashboard"}
RUN = [page for page in PAGES if any(block.runs for block in blocks(page))]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        yield running


@pytest.mark.parametrize("page", RUN, ids=named)
def test_the_commands_of_a_page_do_what_they_should(page: Path, pipeline: Pipeline) -> None:
    calls = [words for block in blocks(page) if block.runs for words in block.commands()]
    for words in calls:
        if words[0] not in ENDLESS:
            pipeline.orderlake(*words, timeout=120)

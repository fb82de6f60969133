"""The real orders, dropped in S3: as `replay` brings them, and nothing more when they come again."""

import gzip
import json
from collections.abc import Iterator
from csv import DictReader
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from producer.order_files import read_order_file
from tests.embedded_pipeline import Pipeline, running_pipeline
from tests.integration.applied_environment import check_the_shared_file
from tests.shared_data import ONLINE_RETAIL, needs_real_orders

pytestmark = [pytest.mark.long, needs_real_orders, pytest.mark.timeout(900)]

# All others are made of the first; the second says what came of it.
TABLES = ("silver_order_events", "gold_daily_sales")


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        yield running


def land(pipeline: Pipeline, file: Path, *options: str, exit_code: int = 0) -> dict[str, Any]:
    text = pipeline.orderlake("land", str(file), *options, "--format", "json", exit_code=exit_code)
    (report,) = json.loads(text)
    assert isinstance(report, dict)
    return report


def contents(pipeline: Pipeline) -> dict[str, str]:
    """Every row, in a fixed order, as CSV."""
    return {
        table: pipeline.orderlake("query", f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4", "--format", "csv")
        for table in TABLES
    }


def test_the_shared_file_comes_in_as_replay_brings_it_and_again_changes_nothing(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    first = land(pipeline, ONLINE_RETAIL)
    pipeline.audit("bronze", wait=300)
    pipeline.run_jobs()

    check_the_shared_file(pipeline)
    drafts = list(read_order_file(ONLINE_RETAIL))
    good = {draft.event_id for draft in drafts if draft.event_type != "source_line_rejected"}
    assert (first["outcome"], first["accepted"], first["events"]) == ("done", len(good), len(drafts))
    before = contents(pipeline)
    assert {row["event_id"] for row in DictReader(StringIO(before["silver_order_events"]))} == good

    packed = ONLINE_RETAIL.read_bytes()
    renamed, cut = tmp_path / "renamed.csv", tmp_path / "cut.csv.gz"
    renamed.write_bytes(gzip.decompress(packed))
    cut.write_bytes(packed[: len(packed) * 3 // 4])
    again = land(pipeline, ONLINE_RETAIL)
    other = land(pipeline, renamed)
    part = land(pipeline, cut, exit_code=1)
    pipeline.audit("bronze", wait=300)
    pipeline.run_jobs()

    assert again["accepted"] == other["accepted"] == first["accepted"]
    assert (part["outcome"], part["problem"].split(":")[0]) == ("failed", "broken")
    assert first["lines"] // 2 < part["lines"] < first["lines"]
    assert contents(pipeline) == before
    duplicates = again["accepted"] + other["accepted"] + part["accepted"]
    assert pipeline.audit("gold")["bronze → silver", "duplicates"] == duplicates

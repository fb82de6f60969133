"""Wrong input at the command line: one line that says what to do, the exit code, nothing half-written."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINE = "1,SKU,A,1,2010-12-01 08:00:00,2.50,17850,France\n"


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        yield running


def complaint(pipeline: Pipeline, *arguments: str) -> tuple[int, str]:
    """Exit code and the last line on stderr, after checking that there is no traceback and no output."""
    done = subprocess.run(
        [sys.executable, "-m", "orderlake", *arguments],
        env=pipeline.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="an empty file"),
        pytest.param(b"a,b,c\n1,2,3\n", id="a wrong header"),
        pytest.param(b"\x1f\x8b\x08\x00broken", id="damaged gzip"),
        pytest.param(gzip.compress((HEADER + LINE * 3).encode())[:-12], id="truncated gzip"),
    ],
)
def test_a_file_without_orders_is_refused_and_nothing_is_sent(
    pipeline: Pipeline, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(content)

    code, line = complaint(pipeline, "replay", str(file))

    assert code == 2
    assert str(file) in line
    assert pipeline.audit("bronze")["stream → lake", "stream"] == 0


def test_a_directory_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    assert complaint(pipeline, "replay", str(tmp_path))[0] == 2


def test_a_missing_file_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    code, line = complaint(pipeline, "replay", str(tmp_path / "nothing.csv"))

    assert code == 2
    assert "nothing.csv" in line


def test_wrong_sql_is_refused_in_athenas_words(pipeline: Pipeline) -> None:
    code, line = complaint(pipeline, "query", "SELEC 1")

    assert code == 2
    assert "Athena refused the query" in line


def test_an_unknown_table_is_named(pipeline: Pipeline) -> None:
    code, line = complaint(pipeline, "query", "SELECT * FROM nowhere")

    assert code == 2
    assert "nowhere" in line


def test_an_unknown_job_is_answered_with_the_jobs_there_are(pipeline: Pipeline) -> None:
    code, line = complaint(pipeline, "job", "platinum")

    assert code == 2
    assert "gold" in line
    assert "silver" in line


def test_an_unknown_environment_is_answered_with_what_to_do(pipeline: Pipeline) -> None:
    code, line = complaint(pipeline, "query", "SELECT 1", "--environment", "mars")

    assert code == 1
    assert "/orderlake/mars/stack" in line


def test_a_port_in_use_is_named(pipeline: Pipeline) -> None:
    port = str(urlsplit(pipeline.endpoint_url).port)

    code, line = complaint(pipeline, "up", "--port", port)

    assert code == 1
    assert port in line

"""What a session reads comes in step, and what is cut comes once, a group in one portion."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from glue.engines.session import Session
from glue.settings import Settings

ROWS = 40_000
KEYS = 700


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(Settings("r", "Europe/London", "l", "b/", "q/", "c/", "d", "w"), tmp_path) as opened:
        yield opened


def test_rows_are_not_read_ahead(session: Session) -> None:
    made = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal made
        for _ in range(200):
            made += 1
            yield pa.record_batch({"id": pa.array(range(10_000))})

    rows = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), batches())
    with session.reading("numbers", rows):
        session.stream("SELECT id FROM numbers").read_next_batch()
        assert made < 100


def test_a_cut_gives_every_row_once_and_no_group_in_two_portions(session: Session) -> None:
    table = pa.table({"key": [f"k{number % KEYS}" for number in range(ROWS)], "number": range(ROWS)})
    counted: list[tuple[str, int]] = []
    portions = 0
    for _ in session.cut("rows", table.to_reader(), ["key"], 8):
        portions += 1
        for batch in session.stream("SELECT key, COUNT(*) AS found FROM rows GROUP BY key"):
            counted += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    assert portions == 8
    assert len(counted) == len({key for key, _ in counted}) == KEYS
    assert sum(found for _, found in counted) == ROWS

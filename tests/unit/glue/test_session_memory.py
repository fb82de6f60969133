"""What cannot be spilled gets more memory, up to a bound; nothing is lost or done twice."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue.engines.session import Session
from glue.settings import Settings

ROWS = 40_000


def settings(megabytes: int) -> Settings:
    return Settings("r", "Europe/London", "l", "b/", "q/", "c/", "d", "w", memory_limit_mb=megabytes)


@pytest.fixture(name="wide", scope="module")
def fixture_wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An object of bronze whose payloads are one page of 32 MB."""
    path = tmp_path_factory.mktemp("bronze") / "wide.parquet"
    rows = pa.table(
        {
            "event_id": [f"{number:036d}" for number in range(ROWS)],
            "event_type": ["note"] * ROWS,
            "occurred_at": pa.array([1_767_225_600_000_000] * ROWS, pa.int64()),
            "payload": [f'{{"note":"{number:0800d}"}}' for number in range(ROWS)],
        }
    )
    pq.write_table(
        rows, path, compression="zstd", use_dictionary=False, data_page_size=2**30, write_batch_size=ROWS
    )
    return path


@pytest.fixture(name="session")
def fixture_session(tmp_path: Path) -> Iterator[Session]:
    with Session(settings(24), tmp_path) as session:
        session.run("merge/deliveries")
        yield session


def delivery(path: Path) -> dict[str, object]:
    return {"path": str(path), "from_row": 0, "to_row": ROWS // 4}


def test_a_page_that_is_larger_than_the_limit_is_refused_by_itself(session: Session, wide: Path) -> None:
    with pytest.raises(duckdb.OutOfMemoryException):
        session.run("merge/deliver", delivery(wide))


def test_a_page_that_is_larger_than_the_limit_is_read_with_more_memory(session: Session, wide: Path) -> None:
    session.insist("merge/deliver", delivery(wide))
    assert session.row("merge/delivery_counts") == (ROWS // 4, 0)


def test_memory_does_not_grow_without_bound(tmp_path: Path, wide: Path) -> None:
    with Session(settings(6), tmp_path) as session:
        session.run("merge/deliveries")
        with pytest.raises(duckdb.OutOfMemoryException):
            session.insist("merge/deliver", delivery(wide))
        assert session.row("merge/delivery_counts") == (0, 0)


def test_another_fault_is_told_at_once_and_leaves_the_session_usable(
    session: Session, tmp_path: Path
) -> None:
    with pytest.raises(duckdb.IOException):
        session.insist("merge/deliver", delivery(tmp_path / "missing.parquet"))
    assert session.row("merge/delivery_counts") == (0, 0)

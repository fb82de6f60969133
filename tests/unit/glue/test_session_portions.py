"""Rows cut into portions: each key in one, and as much memory as a portion needs."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from glue.engines.session import Session
from glue.settings import Settings

SETTINGS = Settings("r", "Europe/London", "l", "b/", "q/", "c/", "d", "w", memory_limit_mb=96)
KEYS = "SELECT count(*) AS size FROM rows_in"
LIMIT = "SELECT CAST(replace(current_setting('memory_limit'), ' MiB', '') AS DOUBLE) AS mebibytes"


def value(session: Session, statement: str) -> Any:
    (row,) = session.stream(statement).read_all().to_pylist()
    return next(iter(row.values()))


def limits_and_sizes(folder: Path, keys: list[str], portions: int) -> list[tuple[float, int]]:
    rows = pa.table({"k": keys})
    with Session(SETTINGS, folder) as session:
        found = [
            (value(session, LIMIT), value(session, KEYS))
            for _ in session.cut("rows_in", rows.to_reader(), ("k",), portions)
        ]
        assert value(session, LIMIT) < 92
    return found


def test_rows_of_a_key_are_in_one_portion(tmp_path: Path) -> None:
    keys = [f"k{number % 50}" for number in range(5_000)]
    sizes = [size for _, size in limits_and_sizes(tmp_path, keys, 4)]
    assert sum(sizes) == 5_000
    assert all(size % 100 == 0 for size in sizes)


def test_a_portion_of_one_key_with_many_rows_has_the_memory_for_them(tmp_path: Path) -> None:
    keys = ["large"] * 300_000 + ["small"] * 1_000
    found = limits_and_sizes(tmp_path, keys, 64)
    assert sorted(size for _, size in found) == [1_000, 300_000]
    small, large = sorted(limit for limit, _ in found)
    assert small < 92
    assert large > 280

"""Jobs that are killed anywhere, or run at once, leave the tables that one clean run leaves."""

import json
import os
import random
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from glue import gold, silver
from glue.lake import Lake, append
from glue.tables import load
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import STARTED, LakeHarness, event

KILLS = 30
RUNS_AT_ONCE = 10
WRITERS = 8
SEED = 20261123


def fill(lake: LakeHarness) -> None:
    for number in range(6):
        lake.put([event(number * 20 + place) for place in range(25)], f"d{number}")


@pytest.fixture
def expected(make_lake: MakeLake) -> dict[str, list[dict[str, Any]]]:
    clean = make_lake()
    fill(clean)
    clean.silver()
    clean.gold()
    return tables(clean)


def tables(lake: LakeHarness) -> dict[str, list[dict[str, Any]]]:
    names = ("silver_order_events", *silver.DERIVED, *gold.DERIVED)
    return {name: lake.rows(name) for name in names}


def started(lake: LakeHarness) -> subprocess.Popen[bytes]:
    """Silver, then gold, in a process of their own."""
    stack = {key: value for key, value in vars(lake.settings).items() if isinstance(value, str)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.lake.run_both", json.dumps(stack)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finished(process: subprocess.Popen[bytes]) -> None:
    assert process.wait(120) == 0


@pytest.mark.slow
def test_jobs_killed_at_random_moments_leave_what_a_clean_run_leaves(
    lake: LakeHarness, expected: dict[str, list[dict[str, Any]]]
) -> None:
    moments = random.Random(SEED)
    fill(lake)
    longest, killed = 4.0, 0
    while killed < KILLS:
        lake.put([event(moments.randrange(120))], uuid.uuid4().hex)
        process = started(lake)
        try:
            process.wait(moments.uniform(0.5, longest))
            longest *= 0.8
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            longest *= 1.1
            killed += 1
    finished(started(lake))
    assert tables(lake) == expected


@pytest.mark.slow
def test_two_jobs_at_once_leave_what_one_leaves(
    make_lake: MakeLake, expected: dict[str, list[dict[str, Any]]]
) -> None:
    lake = make_lake()
    fill(lake)
    for number in range(RUNS_AT_ONCE):
        lake.put([event(number)], f"copy{number}")
        both = [started(lake), started(lake)]
        for process in both:
            finished(process)
    assert tables(lake) == expected


@pytest.mark.slow
def test_what_eight_writers_were_told_is_written_is_there(make_lake: MakeLake) -> None:
    lake = make_lake(commit_attempts=100)
    spec = load("silver_event_conflicts")
    acknowledged: list[str] = []
    lock = threading.Lock()

    def write(writer: int) -> None:
        tables = Lake(lake.catalog, lake.settings)
        for number in range(5):
            row: dict[str, Any] = {
                "run": f"{writer}",
                "event_id": f"{writer}-{number}",
                "reported_at": STARTED,
            }
            append(tables, spec, [row])
            with lock:
                acknowledged.append(row["event_id"])

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    stored = [row["event_id"] for row in lake.rows(spec.name)]
    assert len(acknowledged) == WRITERS * 5
    assert sorted(stored) == sorted(acknowledged)

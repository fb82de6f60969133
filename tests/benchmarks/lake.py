"""Silver and gold on DuckDB beside PySpark `local[2]`: the same SQL, the same lake, 5% duplicates.

Both reach S3 through the embedded AWS, as on a laptop; Spark through the gateway too, which is slower than a
real connector.
From the environment: `ORDERLAKE_BENCHMARK_EVENTS`, how many there are (200,000; the goals are for 1,000,000);
`ORDERLAKE_BENCHMARK_SPARK=no` leaves Spark out, as for sizes that it does not survive here;
`ORDERLAKE_BENCHMARK_TENTH=yes` builds a lake of a tenth too, to see how time grows.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import sql
from infra.local.glue.glueetl import spark_environment
from infra.local.glue.spark_gateway import SparkGateway
from infra.local.server import EmbeddedAws
from tests.benchmarks.comparison import Comparison
from tests.benchmarks.lake_jobs import DATABASE, REGION, Run, Target, prepare, put_bronze, run_job
from tests.integration.local.athena_client import ask

_EVENTS = int(os.environ.get("ORDERLAKE_BENCHMARK_EVENTS", "200000"))
_WITH_SPARK = os.environ.get("ORDERLAKE_BENCHMARK_SPARK", "yes") == "yes"
_WITH_TENTH = os.environ.get("ORDERLAKE_BENCHMARK_TENTH", "no") == "yes"
_NEW_EVENTS = 1_000
_PER_OBJECT = 20_000
_MEMORY_MB = 400.0 if _EVENTS < 10_000_000 else 1_000.0
_QUESTION_SECONDS = 3.0
_JOBS = ("silver", "gold")


def measure() -> list[Comparison]:
    """A full build, an increment and the questions; where wanted, a tenth of it, and the same on Spark."""
    with _lake(_EVENTS) as aws:
        full = _run(aws)
        put_bronze(aws, _EVENTS, _EVENTS + _NEW_EVENTS, _EVENTS + _NEW_EVENTS, _PER_OBJECT)
        new = _run(aws)
        slowest = max(_seconds(aws, name, text) for name, text in sql.questions().items())
    full_seconds, new_seconds = _total(full), _total(new)
    peak = max(run.peak_mb for run in full + new)
    rows = [
        Comparison("silver + gold, peak memory", "MB", peak, _MEMORY_MB, peak / _MEMORY_MB, "≤ 1"),
        Comparison(
            f"{_NEW_EVENTS:,} new events on {_EVENTS:,}, beside the full build",
            "s", new_seconds, full_seconds, new_seconds / full_seconds, "≤ 0.05",
        ),
        Comparison(
            "slowest analytics question", "s", slowest, _QUESTION_SECONDS, slowest / _QUESTION_SECONDS, "≤ 1"
        ),
    ]  # fmt: skip
    if _WITH_TENTH:
        with _lake(_EVENTS // 10) as aws:
            tenth = _total(_run(aws))
        step = f"{_EVENTS:,} events, beside {_EVENTS // 10:,}"
        rows.append(Comparison(step, "s", full_seconds, tenth, full_seconds / tenth, "≤ 11"))
    if _WITH_SPARK:
        spark = _spark()
        assert [run.result.get("inserted") for run in full] == [run.result.get("inserted") for run in spark]
        ours, peer = _EVENTS / full_seconds, _EVENTS / _total(spark)
        rows.append(Comparison("silver + gold, DuckDB", "events/s", ours, peer, ours / peer, "≥ 8"))
    return rows


@contextmanager
def _lake(events: int) -> Iterator[Target]:
    with EmbeddedAws(region=REGION) as embedded:
        aws = Target(embedded.endpoint_url)
        prepare(aws)
        put_bronze(aws, 0, events, events + _NEW_EVENTS, _PER_OBJECT)
        yield aws


def _run(aws: Target, arguments: tuple[str, ...] = ()) -> list[Run]:
    runs = [run_job(aws, job, arguments) for job in _JOBS]
    for run in runs:
        print(
            f"  {run.job}: {run.seconds:.1f} s, CPU {run.cpu_seconds:.1f} s, peak {run.peak_mb:.0f} MB, "
            f"load {os.getloadavg()[0]:.1f}",
            file=sys.stderr,
        )
    return runs


def _spark() -> list[Run]:
    with (
        _lake(_EVENTS) as aws,
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        SparkGateway(aws.endpoint_url, REGION) as gateway,
    ):
        for variable, value in spark_environment(Path(folder), {}, gateway).items():
            patch.setenv(variable, value)
        return _run(aws, ("--engine", "spark"))


def _seconds(aws: Target, name: str, question: str) -> float:
    began = time.perf_counter()
    answer = ask(aws, question, DATABASE)
    seconds = time.perf_counter() - began
    assert answer.state == "SUCCEEDED", f"{name}: {answer.reason}"
    print(f"  {name}: {seconds:.2f} s, {answer.scanned / 1e6:.1f} MB read", file=sys.stderr)
    return seconds


def _total(runs: Sequence[Run]) -> float:
    return sum(run.seconds for run in runs)

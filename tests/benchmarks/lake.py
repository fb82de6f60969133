"""Silver and gold on DuckDB beside PySpark `local[2]`: the same SQL, the same lake, 5% duplicates.

Both reach S3 through the embedded AWS; Spark through the gateway too, which is slower than a real connector.
`ORDERLAKE_BENCHMARK_EVENTS` sets how many events there are.
"""

import logging
import os
import tempfile
from pathlib import Path

import pytest

from infra.local.glue.glueetl import spark_environment
from infra.local.glue.spark_gateway import SparkGateway
from tests.benchmarks.comparison import Comparison
from tests.benchmarks.lake_memory import Run, prepare, put_bronze, run_job
from tests.integration.local.aws_harness import REGION, running_aws

_EVENTS = int(os.environ.get("ORDERLAKE_BENCHMARK_EVENTS", "1000000"))
_PER_OBJECT = 20_000
_MEMORY_MB = 400.0
_JOBS = ("silver", "gold")


def measure() -> list[Comparison]:
    """Rates of a full build on both engines, and DuckDB's peak beside what it may have."""
    ours, theirs = _build("duckdb"), _build("spark")
    assert [run.result.get("inserted") for run in ours] == [run.result.get("inserted") for run in theirs]
    ours_rate, peer_rate = (_EVENTS / sum(run.seconds for run in runs) for runs in (ours, theirs))
    peak = max(run.peak_mb for run in ours)
    return [
        Comparison("silver + gold, DuckDB", "events/s", ours_rate, peer_rate, ours_rate / peer_rate, "≥ 8"),
        Comparison("silver + gold, peak memory", "MB", peak, _MEMORY_MB, peak / _MEMORY_MB, "≤ 1"),
    ]


def _build(engine: str) -> list[Run]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        with running_aws(folder / "aws") as aws:
            prepare(aws)
            put_bronze(aws, 0, _EVENTS, _EVENTS, _PER_OBJECT)
            if engine == "duckdb":
                return [run_job(aws, job) for job in _JOBS]
            with SparkGateway(aws.endpoint_url, REGION) as gateway:
                for variable, value in spark_environment(folder, {}, gateway).items():
                    patch.setenv(variable, value)
                return [run_job(aws, job, ("--engine", engine)) for job in _JOBS]

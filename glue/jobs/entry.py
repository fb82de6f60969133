"""What every job does at its edge: arguments, settings, log, one result line, exit code."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Sequence

import boto3

from glue import erasure, lake, tables
from glue.bronze import Bronze
from glue.engines import Engine
from glue.errors import GlueError
from glue.jobs.frugality import be_frugal
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kinesis import KinesisClient

_LOG = logging.getLogger(__name__)
ENGINES = ("duckdb", "spark")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Context:
    """What a job works with: clients and engine, made once at the edge; `arguments` that only it knows.

    Clients that not every job needs are made when they are asked for: each costs some 50 ms.
    """

    def __init__(
        self, settings: Settings, work_dir: Path, engine: str, arguments: Sequence[str] = ()
    ) -> None:
        self.settings = settings
        self.arguments = tuple(arguments)
        self.started_at = datetime.now(timezone.utc)
        self.run_id = f"{self.started_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
        self.s3 = boto3.client("s3", region_name=settings.region)
        self.bronze = Bronze(self.s3, settings, self._erased)
        self.specs = tables.load_all()
        self.lake = lake.Lake(lake.connect(settings), settings)
        self._engine_name = engine
        self._work_dir = work_dir
        self.engine = self.engine_with(self.specs)

    @cached_property
    def glue(self) -> GlueClient:
        return boto3.client("glue", region_name=self.settings.region)

    @cached_property
    def athena(self) -> AthenaClient:
        return boto3.client("athena", region_name=self.settings.region)

    @cached_property
    def kinesis(self) -> KinesisClient:
        return boto3.client("kinesis", region_name=self.settings.region)

    def _erased(self) -> erasure.Erased:
        return erasure.load(
            self.s3, lambda: boto3.client("ssm", region_name=self.settings.region), self.settings
        )

    def engine_with(self, specs: Mapping[str, tables.TableSpec]) -> Engine:
        """An engine that works with these contracts."""
        # Imported here, because a job has the libraries of one engine.
        if self._engine_name == "spark":
            from pyspark.sql import SparkSession  # noqa: PLC0415

            from glue.engines.spark import SparkEngine  # noqa: PLC0415

            return SparkEngine(self.lake, specs, self.settings, SparkSession.builder.getOrCreate())
        from glue.engines.duckdb import DuckDbEngine  # noqa: PLC0415

        return DuckDbEngine(self.lake, self.bronze, specs, self.settings, self._work_dir)


def main(job: Callable[[Context], Dict[str, Any]], arguments: Optional[Sequence[str]] = None) -> int:
    """Run a job: its result is one JSON line on stdout, its log JSON lines on stderr.

    Returns 0, or 1 where the job failed for a reason of its own; anything else is raised.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--stack-parameter", required=True, help="SSM parameter with the stack's names")
    parser.add_argument("--engine", choices=ENGINES, default="duckdb", help="what computes the tables")
    # Glue hands over arguments of its own beside ours.
    known, others = parser.parse_known_args(arguments)
    _log_to_stderr()
    be_frugal()
    began = time.monotonic()
    try:
        settings = Settings.from_stack(_parameter(known.stack_parameter))
        with tempfile.TemporaryDirectory(prefix="orderlake-") as work_dir:
            result = job(Context(settings, Path(work_dir), known.engine, others))
    except GlueError as error:
        _LOG.error("job failed", extra={"error": type(error).__name__, "reason": str(error)})
        return 1
    result["seconds"] = round(time.monotonic() - began, 3)
    sys.stdout.write(json.dumps(result, separators=(",", ":")) + "\n")
    return 0


def _parameter(name: str) -> str:
    return boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, separators=(",", ":"))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("glue").setLevel(logging.INFO)
    _LOG.setLevel(logging.INFO)

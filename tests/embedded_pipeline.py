"""An `orderlake up` for tests, and the command line against it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infra.stack import Profile
from orderlake.aws import Aws, connect
from orderlake.pipeline_process import PipelineProcess


@dataclass(frozen=True)
class Pipeline:
    """A running pipeline; `orderlake` runs the console script in a process of its own."""

    aws: Aws
    endpoint_url: str

    def orderlake(self, *arguments: str, exit_code: int = 0, timeout: float = 600) -> str:
        """Standard output of one command, after checking its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "orderlake", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == exit_code, (
            f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, as `orderlake query --format json` prints them."""
        answer: list[dict[str, Any]] = json.loads(self.orderlake("query", sql, "--format", "json"))
        return answer

    def row(self, sql: str) -> dict[str, Any]:
        (row,) = self.rows(sql)
        return row

    def audit(self, through: str, wait: float = 60, exit_code: int = 0) -> dict[tuple[str, str], int]:
        """The audit's facts by (ledger, fact)."""
        text = self.orderlake(
            "audit", "--through", through, "--wait", str(wait), "--format", "json", exit_code=exit_code
        )
        return {(row["ledger"], row["fact"]): row["count"] for row in json.loads(text)}

    def run_jobs(self, names: Sequence[str] = ("silver", "gold")) -> None:
        for name in names:
            self.orderlake("job", name, "--wait")

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
        }


@contextmanager
def running_pipeline(
    *, buffer_seconds: int = 1, enforce_limits: bool = False, profile: Profile = "stream"
) -> Iterator[Pipeline]:
    """Start the whole pipeline, stop it at the end, leave the environment as it was."""
    before = dict(os.environ)
    try:
        with PipelineProcess(
            buffer_seconds=buffer_seconds, enforce_limits=enforce_limits, profile=profile
        ) as process:
            yield Pipeline(connect(process.endpoint_url, None, "dev"), process.endpoint_url)
    finally:
        os.environ.clear()
        os.environ.update(before)


def money(value: object) -> Decimal:
    """A decimal of `--format json`, as a number."""
    assert isinstance(value, str), f"{value!r} is no exact decimal string"
    return Decimal(value)

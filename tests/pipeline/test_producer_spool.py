"""`kill -9` at random moments: what the spool took is on the stream in the end, and the manifests say so."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from producer.lake import S3Manifests
from producer.manifest import load_manifests
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = 20


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(enforce_limits=True) as running:
        yield running


def kill_after(pipeline: Pipeline, spool: Path, seconds: float, seed: int, *, in_own_run: bool) -> None:
    """Start a producer and kill it that many seconds after its first sign, or its first own event.

    Before its own it sends what the one before left.
    """
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "orderlake", "produce", "--rate", "500"),
            *("--seed", str(seed), "--spool", str(spool), "--format", "json"),
        ],
        env=pipeline.environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("{") and (json.loads(line)["produced"] or not in_own_run):
            break
    time.sleep(seconds)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.stderr.close()


def test_nothing_is_missing_after_twenty_kills(pipeline: Pipeline, tmp_path: Path) -> None:
    moments = random.Random(7)
    for seed in range(KILLS):
        kill_after(pipeline, tmp_path, moments.uniform(0, 1.2), seed, in_own_run=seed % 2 == 0)
    (report,) = json.loads(
        pipeline.orderlake("produce", "--records", "0", "--spool", str(tmp_path), "--format", "json")
    )
    assert report["produced"] == 0

    facts = pipeline.audit("bronze", wait=120)
    runs = list(
        load_manifests(S3Manifests(pipeline.aws.session.client("s3"), pipeline.aws.stack.lake_bucket))
    )
    # A producer that is killed while it still sends what the one before left has no run of its own; one that
    # is killed between announcing and its first event leaves an empty one.
    assert KILLS // 2 <= len(runs) <= KILLS
    for run in runs:
        assert run.closed_at is not None
        assert run.acknowledged == (((1, run.announced),) if run.announced else ())
        assert run.events == run.announced
    assert facts["producer → stream", "arrived"] == sum(run.announced for run in runs) > 1_000
    assert facts["producer → stream", "missing"] == facts["producer → stream", "foreign"] == 0

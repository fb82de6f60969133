"""Ctrl-C ends every long command within five seconds, with everything flushed."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.server import EmbeddedAws
from orderlake.pipeline_process import READY
from producer.aggregation import unpack
from tests.embedded_pipeline import Pipeline, running_pipeline

SECONDS_TO_END = 5.0


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        yield running


def start(pipeline: Pipeline, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "orderlake", *arguments, "--format", "json"],
        env=pipeline.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def interrupt(child: subprocess.Popen[str]) -> str:
    """What the child printed after Ctrl-C, after checking that it ended in time."""
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=SECONDS_TO_END)
    return out


def wait_for_records(pipeline: Pipeline, more_than: int) -> None:
    """Return once the stream took more than so many events from a run that goes on."""
    kinesis = pipeline.aws.session.client("kinesis")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = 0
        for shard in kinesis.list_shards(StreamName=pipeline.aws.stack.stream_name)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=pipeline.aws.stack.stream_name,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
                found += len(unpack(record["Data"], record["PartitionKey"]))
        if found > more_than:
            return
        time.sleep(0.1)
    raise AssertionError("nothing was sent")


def test_produce_flushes_and_reports_when_it_is_interrupted(pipeline: Pipeline) -> None:
    child = start(pipeline, "produce", "--rate", "200")
    wait_for_records(pipeline, more_than=100)

    (report,) = json.loads(interrupt(child))

    assert child.returncode == 0
    assert report["acknowledged"] == report["produced"] > 100
    assert pipeline.audit("bronze")["producer → stream", "missing"] == 0


def test_replay_flushes_and_says_that_more_is_to_come(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "slow.csv.gz"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    lines = [
        f"{n},SKU{n % 7},A,1,2010-12-01 {n // 3600 + 8:02}:{n // 60 % 60:02}:{n % 60:02},2.50,17850,France\n"
        for n in range(5_000)
    ]
    file.write_bytes(gzip.compress((header + "".join(lines)).encode()))
    before = pipeline.audit("bronze")["stream → lake", "stream"]
    child = start(pipeline, "replay", str(file), "--speed", "50")
    wait_for_records(pipeline, more_than=before + 50)

    (report,) = json.loads(interrupt(child))

    assert child.returncode == 1
    assert report["acknowledged"] == report["produced"] < 5_000
    assert pipeline.audit("bronze")["producer → stream", "missing"] == 0


def test_up_delivers_what_it_accepted_before_it_ends(tmp_path: Path) -> None:
    data = tmp_path / "data"
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "orderlake", "up", "--port", "0"),
            *("--buffer-seconds", "900", "--data-dir", str(data)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    endpoint = next(line for line in child.stdout if line.startswith(READY)).removeprefix(READY).strip()
    subprocess.run(
        [sys.executable, "-m", "orderlake", "produce", "--records", "300", "--seed", "3"],
        env={**os.environ, "AWS_ENDPOINT_URL": endpoint},
        check=True,
        capture_output=True,
    )

    interrupt(child)

    assert child.returncode == 0
    with EmbeddedAws(data_dir=data) as again:
        (lake,) = [name for name in ("orderlake-dev-lake-123456789012",) if again.objects.list(name)]
        assert again.objects.list(lake, "bronze/order_events/arrival_hour=")

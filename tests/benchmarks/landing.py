"""file_ingest beside `orderlake replay`: one file of orders, to a stream that takes everything.

Both read, number, aggregate, send and journal to S3. The function gets the file from S3 as well, hashes it,
and moves it aside with its report. Rates are per second of one core's CPU time, medians of interleaved
rounds; the stream and S3 are processes of their own.
`python -m tests.benchmarks landing`
"""

import importlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import EndpointConnectionError

from producer.connection import connect
from producer.journal import Journal
from producer.lake import S3Manifests
from producer.manifest import new_producer_id, start_run
from producer.order_files import read_order_file
from producer.run import send
from producer.stream import OrderStream, StreamSettings
from stream_processors.file_ingest.settings import Settings
from tests.benchmarks.comparison import Comparison
from tests.benchmarks.producer import null_server
from tests.shared_data import ONLINE_RETAIL

ROUNDS: Final = 3
LINES: Final = 100_000
BUCKET: Final = "lake"
_ENVIRONMENT: Final = {
    "LAKE_BUCKET": BUCKET,
    "LANDING_PREFIX": "landing/",
    "STREAM_NAME": "orders",
    "PROFILE": "stream",
    "POWERTOOLS_SERVICE_NAME": "file-ingest",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


class _Context:
    """An invocation that has all the time it needs."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def measure() -> list[Comparison]:
    """The one comparison."""
    os.environ.update(_ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder, null_server() as stream, _s3_server() as s3_endpoint:
        file = _orders(Path(folder))
        session = boto3.Session()
        kinesis = connect(session, endpoint_url=stream)
        s3 = session.client("s3", endpoint_url=s3_endpoint)
        _make_bucket(s3)
        handler = importlib.import_module("stream_processors.file_ingest.handler")
        handle = handler.make_handler(
            Settings.from_environment(_ENVIRONMENT), handler.Services(s3, kinesis, None), logger=Logger()
        )
        manifests = S3Manifests(s3, BUCKET)

        def replay() -> int:
            now = datetime.now(UTC)
            run = start_run(
                producer_id=new_producer_id("replay", now),
                command="replay",
                stream_name="orders",
                started_at=now,
            )
            journal = Journal(manifests, run)
            client = OrderStream(
                kinesis, StreamSettings(stream_name="orders"), on_acknowledged=journal.acknowledge
            )
            return send(read_order_file(file), client, journal).acknowledged

        def land() -> float:
            version = s3.put_object(Bucket=BUCKET, Key="landing/orders", Body=file.read_bytes())["VersionId"]
            found = {"key": "landing/orders", "versionId": version}
            record = {"s3": {"bucket": {"name": BUCKET}, "object": found}}
            return _seconds(lambda: handle({"Records": [record]}, _Context()))

        events = replay()
        land()
        report = s3.get_object(Bucket=BUCKET, Key="landing/done/orders.report.json")["Body"].read()
        assert json.loads(report)["events"] == events
        pairs = [(land(), _seconds(replay)) for _ in range(ROUNDS)]
        ours, theirs = (events / statistics.median(times) for times in zip(*pairs, strict=True))
    return [
        Comparison(
            f"file_ingest of {events:,} events, beside replay",
            "events/s",
            ours,
            theirs,
            ours / theirs,
            "≥ 0.8",
        )
    ]


def _orders(folder: Path) -> Path:
    if ONLINE_RETAIL.exists():
        return ONLINE_RETAIL
    file = folder / "orders.csv"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    rows = (
        f"{536365 + place // 18},S{place % 4000},LANTERN,6,2010-12-01 08:26:00,2.55,{place % 900},France\n"
        for place in range(LINES)
    )
    file.write_text(header + "".join(rows))
    return file


def _make_bucket(s3: Any) -> None:
    while True:
        try:
            s3.create_bucket(Bucket=BUCKET)
            break
        except EndpointConnectionError:
            time.sleep(0.1)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


@contextmanager
def _s3_server() -> Iterator[str]:
    """Plain moto in a process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        child.wait()


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started

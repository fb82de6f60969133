"""A lake of simulated bronze, and its jobs as processes of their own: seconds and peak memory."""

import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from glue.tables import load
from tests.integration.lake.firehose_tables import describe

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
# As the questions name it.
DATABASE = "ecommerce_analytics_db"
PARAMETER = "/orderlake/benchmark/stack"
DAYS = 28


@dataclass(frozen=True)
class Target:
    """The embedded AWS that a lake is on."""

    endpoint_url: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@dataclass(frozen=True)
class Run:
    """One job: seconds of wall and CPU time, peak resident memory in MB, and its own result line."""

    job: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    result: dict[str, Any]


def put_bronze(aws: Target, first: int, last: int, total: int, per_object: int) -> int:
    """Bronze objects with rows `first` to `last` of `total`; returns their bytes."""
    query = (Path(__file__).parent / "lake_bronze.sql").read_text(encoding="utf-8")
    s3, size = aws.client("s3"), 0
    schema = load("bronze_order_events").arrow_schema
    with duckdb.connect() as connection:
        for start in range(first, last, per_object):
            rows = connection.execute(
                query, {"first": start, "last": min(start + per_object, last), "total": total, "days": DAYS}
            ).fetch_arrow_table()
            body = io.BytesIO()
            pq.write_table(
                pa.table([rows[name].cast(schema.field(name).type) for name in schema.names], schema=schema),
                body,
            )
            # An object an hour, so that what comes later is not behind the look-back.
            day, hour = divmod(start // per_object, 24)
            arrival_hour = f"2026-02-{1 + day % 28:02d}-{hour:02d}"
            s3.put_object(
                Bucket="lake",
                Key=f"bronze/order_events/arrival_hour={arrival_hour}/{start:010d}.parquet",
                Body=body.getvalue(),
            )
            size += body.tell()
    return size


def prepare(aws: Target) -> None:
    """The bucket, database, workgroup, stream, Firehose's tables and parameter that the jobs look for."""
    aws.client("s3").create_bucket(Bucket="lake")
    aws.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    aws.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    for name in ("bronze_order_events", "quarantine_events"):
        describe(aws, DATABASE, "lake", load(name))
    aws.client("athena").create_work_group(
        Name="benchmark", Configuration={"ResultConfiguration": {"OutputLocation": "s3://lake/results/"}}
    )
    stack = {
        "region": REGION,
        "shop_timezone": "Europe/London",
        "lake_bucket": "lake",
        "bronze_prefix": "bronze/order_events/",
        "checkpoints_prefix": "checkpoints/",
        "quarantine_prefix": "quarantine/events/",
        "database": DATABASE,
        "workgroup": "benchmark",
        "environment": "dev",
        "audit_prefix": "audit/",
        "stream_name": "orders",
    }
    aws.client("ssm").put_parameter(Name=PARAMETER, Type="String", Value=json.dumps(stack))


def run_job(aws: Target, job: str, arguments: tuple[str, ...] = ()) -> Run:
    """Run one job as a child. `SystemExit` with its log if it fails."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "PYTHONPATH": str(ROOT),
    }
    began, cpu_before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [sys.executable, "-m", f"glue.jobs.{job}", "--stack-parameter", PARAMETER, *arguments],
            env=environment,
            stdout=out,
            stderr=log,
        )
        peak_mb = 0.0
        while child.poll() is None:
            # Not ru_maxrss: that begins with what the parent had when it forked.
            peak_mb = max(peak_mb, _peak_mb(child.pid))
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        out.seek(0)
        log.seek(0)
        if child.returncode:
            sys.exit(f"{job} ended with {child.returncode}\n{log.read().decode()[-4000:]}")
        result: dict[str, Any] = json.loads(out.read())
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = cpu.ru_utime + cpu.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime
    return Run(job, seconds, cpu_seconds, peak_mb, result)


def _peak_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0

"""Time and peak memory of the jobs on DuckDB: `python -m tests.benchmarks.lake_memory [--events N]`.

A full build, then some new events on that lake, each job in a process of its own.
"""

import argparse
import io
import json
import logging
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

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from glue.tables import load
from tests.integration.local.aws_harness import REGION, Aws, running_aws

ROOT = Path(__file__).parents[2]
DATABASE = "benchmark"
PARAMETER = "/orderlake/benchmark/stack"
DAYS = 28


@dataclass(frozen=True)
class Run:
    """One job: seconds of wall and CPU time, peak resident memory in MB, and its own result line."""

    job: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    result: dict[str, Any]


def put_bronze(aws: Aws, first: int, last: int, total: int, per_object: int) -> int:
    """Bronze objects with rows `first` to `last` of `total`; returns their bytes."""
    query = (Path(__file__).parent / "lake_bronze.sql").read_text(encoding="utf-8")
    s3, size = aws.client("s3"), 0
    schema = load("bronze_order_events").arrow_schema
    with duckdb.connect() as connection:
        for number, start in enumerate(range(first, last, per_object)):
            rows = connection.execute(
                query, {"first": start, "last": min(start + per_object, last), "total": total, "days": DAYS}
            ).fetch_arrow_table()
            body = io.BytesIO()
            pq.write_table(
                pa.table([rows[name].cast(schema.field(name).type) for name in schema.names], schema=schema),
                body,
            )
            hour = f"2026-02-{1 + number // 24 % 28:02d}-{number % 24:02d}"
            s3.put_object(
                Bucket="lake",
                Key=f"bronze/order_events/arrival_hour={hour}/{start:010d}.parquet",
                Body=body.getvalue(),
            )
            size += body.tell()
    return size


def prepare(aws: Aws) -> None:
    """The database, workgroup, quarantine table and parameter that the jobs look for."""
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for name in ("bronze_order_events", "quarantine_events"):
        spec = load(name)
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": {
                    "Columns": [{"Name": column.name, "Type": column.type} for column in spec.columns],
                    "Location": f"s3://lake/{spec.location}",
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
                },
                "PartitionKeys": [{"Name": "arrival_hour", "Type": "string"}],
            },
        )
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
    }
    aws.client("ssm").put_parameter(Name=PARAMETER, Type="String", Value=json.dumps(stack))


def run_job(aws: Aws, job: str, arguments: tuple[str, ...] = ()) -> Run:
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lake_memory", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--new-events", type=int, default=1_000)
    parser.add_argument("--per-object", type=int, default=20_000)
    options = parser.parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    total = options.events + options.new_events
    with tempfile.TemporaryDirectory() as folder, running_aws(Path(folder)) as aws:
        prepare(aws)
        size = put_bronze(aws, 0, options.events, total, options.per_object)
        _say(f"{options.events:,} events, {size / 1e6:.0f} MB of bronze, load {os.getloadavg()[0]:.1f}")
        full = [_report(run_job(aws, job)) for job in ("silver", "gold")]
        put_bronze(aws, options.events, total, total, options.per_object)
        new = [_report(run_job(aws, job)) for job in ("silver", "gold")]
        ratio = sum(run.seconds for run in full) / sum(run.seconds for run in new)
        _say(
            f"{options.new_events:,} new events: 1/{ratio:.0f} of the full build, "
            f"load {os.getloadavg()[0]:.1f}"
        )
    return 0


def _report(run: Run) -> Run:
    _say(f"{run.job}: {run.seconds:.1f} s, CPU {run.cpu_seconds:.1f} s, peak {run.peak_mb:.0f} MB")
    return run


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.chaos.soak`: a steady rate with faults in it; what that takes, as CSV and a plot.

Memory of the embedded AWS grows with what it keeps (the stream of a day, every object); that of the product's
own processes, the function's and the producer's, must not. Exit 1 where the ledgers do not balance.
"""

from __future__ import annotations

import argparse
import csv
import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from infra.local.cloudwatch.metric_store import Metric
from orderlake.ledger.audit import audit
from orderlake.ledger.report import rows
from tests.chaos.faults import Plan
from tests.chaos.processes import Shop, start_producer
from tests.chaos.scene import Scene, scene

FAULTS = frozenset(
    {
        "kinesis_throttled",
        "kinesis_errors",
        "firehose_refuses",
        "s3_errors",
        "catalogue_conflicts",
        "function_crash",
    }
)
_SAMPLE_SECONDS = 5.0
_JOB_SECONDS = 180.0
_FAULTY_SHARE = 4
_LAST_SECONDS = 120.0
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """One look; times in seconds, memory (resident) in megabytes. Freshness is that of rows new in bronze."""

    seconds: float
    faulty: bool
    events: int
    aws_memory: float
    function_memory: float
    producer_memory: float
    aws_files: int
    function_files: int
    freshness_p50: float | None
    freshness_p95: float | None
    freshness_p99: float | None
    lag: float | None


class Soak:
    """Looks every five seconds, while the producer sends and the jobs run."""

    def __init__(self, running: Scene, producer: BaseProcess) -> None:
        self._running = running
        self.producer = producer
        self._began = time.monotonic()
        self._seen: set[str] = set()
        self.waits: list[float] = []
        self.samples: list[Sample] = []

    def look(self) -> None:
        waits = self._new_waits()
        self.waits += waits
        aws = psutil.Process()
        functions = [one for one in aws.children(recursive=True) if "awslambdaric" in " ".join(_command(one))]
        producer = _memory([psutil.Process(self.producer.pid)]) if self.producer.is_alive() else 0.0
        self.samples.append(
            Sample(
                seconds=round(time.monotonic() - self._began, 1),
                faulty=not self._running.gate.is_open,
                events=len(self.waits),
                aws_memory=_memory([aws]),
                function_memory=_memory(functions),
                producer_memory=producer,
                aws_files=_files([aws]),
                function_files=_files(functions),
                freshness_p50=percentile(waits, 50),
                freshness_p95=percentile(waits, 95),
                freshness_p99=percentile(waits, 99),
                lag=self._lag(),
            )
        )

    def _new_waits(self) -> list[float]:
        """How long each new row waited from its arrival on the stream until its object was in bronze."""
        stack = self._running.aws.stack
        waits: list[float] = []
        for found in self._running.embedded.objects.list(stack.lake_bucket, stack.bronze_prefix):
            if found.key not in self._seen:
                self._seen.add(found.key)
                body = self._running.embedded.objects.get(stack.lake_bucket, found.key)
                arrived = pq.read_table(io.BytesIO(body), columns=["arrived_at"])["arrived_at"].to_pylist()
                waits += [
                    max(0.0, found.last_modified.timestamp() - at / 1_000_000)
                    for at in arrived
                    if at is not None
                ]
        return waits

    def _lag(self) -> float | None:
        name = {"FunctionName": self._running.aws.stack.ingest_function}
        now = datetime.now(UTC)
        start = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
        found = self._running.embedded.metrics.read(
            Metric.of("AWS/Lambda", "IteratorAge", name), start, now + timedelta(minutes=1), 60
        )
        return round(found[max(found)].maximum / 1000, 3) if found else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=20.0, help="events a second")
    parser.add_argument(
        "--output", type=Path, default=Path("build/soak"), help="folder of the CSV and the plot"
    )
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    options.output.mkdir(parents=True, exist_ok=True)
    seconds = options.minutes * 60
    with scene(Plan(7, FAULTS, int(options.rate * seconds), options.rate)) as running:
        shop = Shop(7, datetime.now(UTC), running.plan.records, options.rate, running.folder / "sent.jsonl")
        soak = Soak(running, start_producer(running.embedded.endpoint_url, shop))
        runs = _go_on(running, soak, seconds)
        _write(options.output / "soak.csv", soak.samples)
        plot(soak.samples, options.output / "soak.png")
        _report(soak, runs)
        running.make_peace()
        soak.producer.join(_LAST_SECONDS)
        audit(running.aws, "bronze", _LAST_SECONDS)
        failures = running.last_jobs()
        ledgers = audit(running.aws, "gold", _LAST_SECONDS)
    sys.stdout.write("".join(f"{failure}\n" for failure in failures))
    sys.stdout.write(f"ledgers balanced: {'yes' if ledgers.balanced else 'no'}\n")
    for row in rows(ledgers):
        if row["balanced"] == "no":
            sys.stdout.write(f"{row['ledger']}: {row['fact']} {row['count']} {row['detail']}\n")
    return 0 if ledgers.balanced and not failures else 1


def _go_on(running: Scene, soak: Soak, seconds: float) -> dict[str, int]:
    """Sample and run jobs until the time is over; every fourth minute is a faulty one."""
    runs = {"succeeded": 0, "failed": 0}
    began = time.monotonic()
    jobs = threading.Thread(
        target=_keep_running_jobs, args=(running, runs, lambda: time.monotonic() - began < seconds)
    )
    jobs.start()
    while (elapsed := time.monotonic() - began) < seconds:
        running.gate.is_open = int(elapsed // 60) % _FAULTY_SHARE != 1
        soak.look()
        time.sleep(_SAMPLE_SECONDS)
    jobs.join()
    return runs


def _keep_running_jobs(running: Scene, runs: dict[str, int], goes_on: Callable[[], bool]) -> None:
    while goes_on():
        began = time.monotonic()
        for job in ("silver", "gold"):
            runs["succeeded" if running.try_job(job, _JOB_SECONDS) else "failed"] += 1
        while goes_on() and time.monotonic() - began < _JOB_SECONDS:
            time.sleep(1)


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that so many of a hundred do not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 3)


def slope(samples: Sequence[Sample], name: str) -> float:
    """Megabytes a minute over the second half, by least squares."""
    half = samples[len(samples) // 2 :]
    points = [(one.seconds / 60, float(getattr(one, name))) for one in half if getattr(one, name)]
    if len(points) < 2:
        return 0.0
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def plot(samples: Sequence[Sample], path: Path) -> None:
    """Freshness and lag, memory, open files, over time; faulty minutes are shaded."""
    import matplotlib as mpl  # only the soak draws

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    minutes = [one.seconds / 60 for one in samples]
    figure, axes = plt.subplots(3, 1, figsize=(11, 9), sharex=True, constrained_layout=True)
    panels = (
        ("seconds", ("freshness_p50", "freshness_p95", "freshness_p99", "lag")),
        ("resident memory, MB", ("aws_memory", "function_memory", "producer_memory")),
        ("open files", ("aws_files", "function_files")),
    )
    for axis, (label, names) in zip(axes, panels, strict=True):
        for name in names:
            axis.plot(
                minutes, [getattr(one, name) for one in samples], label=name.replace("_", " "), linewidth=1.2
            )
        for before, after in pairwise(samples):
            if before.faulty:
                axis.axvspan(before.seconds / 60, after.seconds / 60, color="#f3d9d9", linewidth=0)
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(loc="upper left", ncols=4, fontsize=8)
    axes[-1].set_xlabel("minutes (shaded: faults)")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _write(path: Path, samples: Sequence[Sample]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Sample)])
        writer.writeheader()
        writer.writerows(asdict(sample) for sample in samples)


def _report(soak: Soak, runs: dict[str, int]) -> None:
    lags = [sample.lag for sample in soak.samples if sample.lag is not None]
    write = sys.stdout.write
    write(f"{len(soak.waits):,} events, jobs {runs}, load average {psutil.getloadavg()[1]:.1f}\n")
    for part, waits in (("freshness of bronze, seconds", soak.waits), ("lag, seconds", lags)):
        values = ", ".join(f"p{percent} {percentile(waits, percent)}" for percent in (50, 95, 99))
        write(f"{part}: {values}\n")
    for name in ("function_memory", "producer_memory", "aws_memory"):
        write(f"{name}: {slope(soak.samples, name):+.2f} MB a minute over the second half\n")
    sys.stdout.flush()


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _memory(processes: Sequence[psutil.Process]) -> float:
    return round(sum(_ask(one, lambda one: one.memory_info().rss) for one in processes) / _MEGABYTE, 1)


def _files(processes: Sequence[psutil.Process]) -> int:
    return sum(_ask(one, lambda one: one.num_fds()) for one in processes)


def _ask(process: psutil.Process, question: Callable[[psutil.Process], int]) -> int:
    try:
        return question(process)
    except psutil.Error:  # it ended meanwhile
        return 0


if __name__ == "__main__":
    sys.exit(main())

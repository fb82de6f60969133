"""The whole pipeline beside its budget: time to the demo's first answer; time and memory for the real orders.

The peer is the budget. `python -m tests.benchmarks pipeline`
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.benchmarks.comparison import Comparison
from tests.embedded_pipeline import money, running_pipeline
from tests.shared_data import ONLINE_RETAIL

FIRST_ANSWER_SECONDS = 60.0
REAL_ORDERS_SECONDS = 360.0
REAL_ORDERS_MEGABYTES = 2_000.0
REAL_ORDERS_AMOUNT = "6781619.004"


class TreeMemory:
    """The highest resident size of this process's descendants together, in MB, at ten looks a second."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._stop = threading.Event()

    @contextmanager
    def watched(self) -> Iterator["TreeMemory"]:
        """Watch while the block runs."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        yield self
        self._stop.set()
        thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.1):
            total = 0
            for child in me.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, total / 1e6)


def measure() -> list[Comparison]:
    """Demo and, where the real orders are at hand, their replay."""
    rows = [_first_answer()]
    return rows + _real_orders() if ONLINE_RETAIL.exists() else rows


def _first_answer() -> Comparison:
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "orderlake", "demo"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    seconds = 0.0
    for line in child.stderr:
        if "ledgers are taken" in line:  # the stage after Athena's answer
            seconds = time.monotonic() - started
    assert child.wait() == 0
    return _beside_budget("demo: command to first answer", "s", seconds, FIRST_ANSWER_SECONDS)


def _real_orders() -> list[Comparison]:
    with TreeMemory().watched() as memory, running_pipeline() as pipeline:
        started = time.monotonic()
        pipeline.orderlake("replay", str(ONLINE_RETAIL), "--speed", "max")
        pipeline.audit("bronze", wait=300)
        pipeline.run_jobs()
        seconds = time.monotonic() - started
        total = pipeline.row("SELECT sum(amount) AS amount FROM gold_daily_sales")["amount"]
        assert money(total) == money(REAL_ORDERS_AMOUNT)
    return [
        _beside_budget("real orders: replay, silver and gold", "s", seconds, REAL_ORDERS_SECONDS),
        _beside_budget("real orders: memory of all processes", "MB", memory.peak, REAL_ORDERS_MEGABYTES),
    ]


def _beside_budget(step: str, unit: str, ours: float, budget: float) -> Comparison:
    return Comparison(step, f"{unit}, peer = budget", ours, budget, ours / budget, "≤ 1")

"""`python -m tests.chaos`: runs seeds and prints what became of the events. Exit 1 where one is not right."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import FAULTS
from tests.chaos.processes import context
from tests.chaos.seed import run
from tests.chaos.verdict import Verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many, from --first on")
    parser.add_argument(
        "--first", type=int, default=1, help="the first seed; the same seed makes the same plan"
    )
    parser.add_argument(
        "--only", action="append", default=[], choices=FAULTS, help="these faults at every seed"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="so many seeds at once")
    parser.add_argument("--drain", type=float, default=60.0, help="seconds for what is in flight at the end")
    options = parser.parse_args()
    began = time.monotonic()
    verdicts = []
    with ProcessPoolExecutor(options.workers, context, max_tasks_per_child=1) as pool:
        seeds = range(options.first, options.first + options.seeds)
        only = frozenset(options.only)
        for future in as_completed(pool.submit(run, seed, only, options.drain) for seed in seeds):
            verdicts.append(future.result())
            _say(verdicts[-1])
    _report(verdicts, time.monotonic() - began)
    return 0 if all(verdict.is_right for verdict in verdicts) else 1


def _say(verdict: Verdict) -> None:
    state = "right" if verdict.is_right else "WRONG"
    sys.stderr.write(
        f"seed {verdict.seed}: {state}, {verdict.sent} events, lost {verdict.lost}, "
        f"double-counted {verdict.doubled}, {verdict.seconds:.0f} s: {', '.join(verdict.faults)}\n"
    )
    for problem in verdict.problems:
        sys.stderr.write(f"  {problem}\n")


def _report(verdicts: Iterable[Verdict], seconds: float) -> None:
    verdicts = list(verdicts)
    table = Table(title=f"{len(verdicts)} seeds in {seconds / 60:.1f} minutes")
    for name in ("fault", "seeds", "alone", "met", "events sent", "lost", "double-counted"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for fault in FAULTS:
        among = [verdict for verdict in verdicts if fault in verdict.faults]
        met: Counter[str] = sum((Counter(verdict.met) for verdict in among), Counter())
        alone = sum(len(verdict.faults) == 1 for verdict in among)
        table.add_row(fault, str(len(among)), str(alone), str(met[fault]), *_sums(among))
    table.add_section()
    table.add_row("all", str(len(verdicts)), "", "", *_sums(verdicts))
    Console(width=110).print(table)


def _sums(verdicts: Iterable[Verdict]) -> tuple[str, str, str]:
    verdicts = list(verdicts)
    return tuple(  # type: ignore[return-value]
        f"{sum(getattr(verdict, name) for verdict in verdicts):,}" for name in ("sent", "lost", "doubled")
    )


if __name__ == "__main__":
    sys.exit(main())

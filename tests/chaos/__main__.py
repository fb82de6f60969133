"""`python -m tests.chaos`: runs seeds and prints what became of the events. Exit 1 where one is not right."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import FAULTS, plan
from tests.chaos.scene import scene
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
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    began = time.monotonic()
    verdicts = []
    for seed in range(options.first, options.first + options.seeds):
        verdicts.append(run(seed, frozenset(options.only)))
        _say(verdicts[-1])
    _report(verdicts, time.monotonic() - began)
    return 0 if all(verdict.is_right for verdict in verdicts) else 1


def run(seed: int, only: frozenset[str] = frozenset()) -> Verdict:
    """One seed, from an empty pipeline to its verdict."""
    began = time.monotonic()
    made = plan(seed, only)
    try:
        with scene(made) as running:
            verdict = running.run()
    except AssertionError as error:
        verdict = Verdict(seed, tuple(sorted(made.faults)), {}, 0, 0, 0, (str(error),))
    return dataclasses.replace(verdict, seconds=time.monotonic() - began)


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

"""`make bench`: every benchmark, or those named, in one table, as docs/benchmarks.md has it.

`python -m tests.benchmarks [NAME…]`
"""

import importlib
import os
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.comparison import Comparison, Measure


def names() -> list[str]:
    """The modules of this folder that measure something."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(file.stem for file in files if "def measure(" in file.read_text(encoding="utf-8"))


def main(chosen: list[str]) -> None:
    """Run the chosen benchmarks, all by default; exit 2 on a name that is none."""
    unknown = set(chosen) - set(names())
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(names())}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start", file=sys.stderr)
    table = Table(box=box.MARKDOWN)
    for column in ("step", "unit", "ours", "peer", "ratio", "goal", "met"):
        table.add_column(column, justify="left" if column in {"step", "unit", "goal", "met"} else "right")
    for name in chosen or names():
        print(f"• {name}", file=sys.stderr)
        measure: Measure = importlib.import_module(f"tests.benchmarks.{name}").measure
        for comparison in measure():
            table.add_row(*_cells(comparison))
    # A wrapped cell would be two rows of Markdown.
    Console(width=200).print(table)


def _cells(row: Comparison) -> list[str]:
    verdict = {True: "yes", False: "no", None: ""}[row.is_met]
    numbers = [f"{number:,.3g}" if number < 100 else f"{number:,.0f}" for number in (row.ours, row.peer)]
    return [row.step, row.unit, *numbers, f"{row.ratio:.2f}", row.goal, verdict]


if __name__ == "__main__":
    main(sys.argv[1:])

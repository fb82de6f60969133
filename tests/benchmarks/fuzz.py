"""A million damaged records through the handler: `python -m tests.benchmarks.fuzz [COUNT] [SEED]`.

Not timed for a ratio: it is run for the record, and exits 1 at the first that is unhandled or lost.
"""

import contextlib
import importlib
import io
import os
import sys
import time
from collections import Counter

from tests.unit.stream_processors.conftest import ENVIRONMENT, Function
from tests.unit.stream_processors.test_fuzzed_batches import BATCH, check


def main(arguments: list[str]) -> int:
    """Run so many records (default a million) from a seed (default 1) and print where they went."""
    count, seed = (int(text) for text in (arguments + ["1000000", "1"][len(arguments) :])[:2])
    os.environ.update(ENVIRONMENT)
    module = importlib.import_module("stream_processors.order_ingest.handler")
    found: Counter[str] = Counter()
    started = time.monotonic()
    function = Function(module)
    for batch in range(count // BATCH):
        with contextlib.redirect_stdout(io.StringIO()):
            if batch % 100 == 0:  # else it would keep what it logged
                function = Function(module)
            found += check(function, seed * 1_000_000 + batch)
    seconds = time.monotonic() - started
    sys.stdout.write(f"{count:,} records, {found.total():,} parts, all accounted for, {seconds:.0f} s\n")
    for name, parts in found.most_common():
        sys.stdout.write(f"{parts:>10,} {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Shipped beside the product's function into its zip: spoils invocations as a plan in a file says.

One word a line, the first for the first invocation: ok, crash_before, crash_after, memory, timeout.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

from stream_processors.order_ingest.handler import handler as product


def handler(event: Any, context: Any) -> Any:
    """What the product's function returns, where the plan lets it."""
    fault = _next(Path(os.environ["CHAOS_PLAN"]))
    if fault == "crash_before":
        os._exit(1)
    answer = product(event, context)
    if fault == "crash_after":
        os._exit(1)
    if fault == "memory":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "timeout":
        time.sleep(60)
    return answer


def _next(plan: Path) -> str:
    """Invocations of two shards may take the same line; the plan ends all the same."""
    lines = plan.read_text().splitlines()
    if lines:
        plan.write_text("\n".join(lines[1:]))
        return lines[0]
    return "ok"

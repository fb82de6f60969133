"""Freshness: an event's way through the pipeline into `live_order_events`, beside its budget.

The stream's Firehose buffers for one second. `python -m tests.benchmarks freshness`
"""

import statistics

from tests.benchmarks.comparison import Comparison
from tests.embedded_pipeline import running_pipeline
from tests.live_events import seconds_until_live

EVENTS = 100
BUDGET_SECONDS = 3.0


def measure() -> list[Comparison]:
    """Median, 95th percentile and the slowest of a hundred events, sent one after the other."""
    with running_pipeline(buffer_seconds=1) as pipeline:
        pipeline.orderlake("produce", "--records", "200")
        pipeline.audit("bronze", wait=120)
        pipeline.run_jobs()
        seconds = [seconds_until_live(pipeline, number) for number in range(1, EVENTS + 1)]
    hundredths = statistics.quantiles(seconds, n=100)
    return [
        _beside_budget("sent to seen in Athena, p50 of 100", hundredths[49]),
        _beside_budget("sent to seen in Athena, p95 of 100", hundredths[94]),
        _beside_budget("sent to seen in Athena, slowest of 100", max(seconds))._replace(goal="told"),
    ]


def _beside_budget(step: str, seconds: float) -> Comparison:
    return Comparison(step, "s", seconds, BUDGET_SECONDS, seconds / BUDGET_SECONDS, "≤ 1")

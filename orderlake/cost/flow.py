"""How often things happen: batches, objects, shards."""

import math
from decimal import Decimal

from orderlake.cost.scenario import SECONDS_OF_DAY

SHARD_RECORDS_PER_SECOND = 1000
SHARD_BYTES_PER_SECOND = 1024 * 1024


def batches_per_day(
    arrivals_per_day: Decimal, wait_seconds: Decimal, largest: Decimal = Decimal("Infinity")
) -> Decimal:
    """Batches that close `wait_seconds` after their first arrival, or with `largest` arrivals.

    Arrivals are spread evenly over the day and independent of each other: after a batch closes, the
    next one opens a mean gap later.
    """
    if arrivals_per_day == 0:
        return Decimal(0)
    gap = SECONDS_OF_DAY / arrivals_per_day
    by_time = SECONDS_OF_DAY / (wait_seconds + gap)
    return max(by_time, arrivals_per_day / largest)


def rounded_up(size: Decimal, step: int) -> Decimal:
    """The next multiple of `step`, at least one."""
    return Decimal(max(1, math.ceil(size / step)) * step)


def shards_needed(records_per_second: Decimal, bytes_per_record: Decimal, peak_factor: Decimal) -> int:
    """Shards that carry the busiest second."""
    by_records = records_per_second * peak_factor / SHARD_RECORDS_PER_SECOND
    by_bytes = records_per_second * bytes_per_record * peak_factor / SHARD_BYTES_PER_SECOND
    return max(1, math.ceil(max(by_records, by_bytes)))

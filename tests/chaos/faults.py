"""The faults that are injected, and what a seed makes of them: which, when, how often."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FAULTS: Final = {
    "kinesis_throttled": "PutRecords takes some entries and throttles the others",
    "kinesis_errors": "PutRecords answers 500, before or after it took the records",
    "resharding": "a shard is split and two are merged while orders come in",
    "function_crash": "the function's process ends at once, before or after it delivered",
    "function_timeout": "an invocation delivers and then does not return",
    "function_memory": "the function is killed as when its memory is used up, after it delivered",
    "firehose_refuses": "Firehose refuses entries in part, or whole requests",
    "late_and_twice": "Firehose delivers objects late, and some of them twice",
    "s3_errors": "S3 answers 503 to the jobs, before or after it did as asked, and to Firehose",
    "s3_slow": "writes to S3 take up to a third of a second",
    "catalogue_conflicts": "Glue refuses commits as lost, or takes them and answers 500",
    "job_killed": "the jobs are killed at one of their writes, again and again, before or after it",
    "two_jobs": "each job runs twice at once",
    "clock_skew": "the shop's clock is up to 36 hours wrong; more than 24 ahead its events must be refused",
    "producer_killed": "the producer is killed; the next one finds its spool",
    "endpoint_restart": "the endpoint goes away for a second, and comes back",
    "disk_full": "no file of a job or of a spool can grow beyond a few kilobytes",
}
# What only jobs meet: they run once more in the midst of it.
OF_JOBS: Final = frozenset(
    {"s3_errors", "s3_slow", "catalogue_conflicts", "job_killed", "two_jobs", "disk_full"}
)
# What becomes of a commit to the catalogue, and how often; an answer is lost after the commit was taken.
_COMMITS: Final = {"taken": 18, "refused": 8, "error": 3, "answer lost": 3}
_FUTURE_TOLERANCE: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Plan:
    """What one seed does; same seed, same plan. Threads decide what it meets."""

    seed: int
    faults: frozenset[str]
    records: int
    rate: float

    def random(self, purpose: str) -> random.Random:
        """Draws that depend on the seed and on what they are for, on nothing else."""
        return random.Random(f"{self.seed}/{purpose}")

    @property
    def skew(self) -> timedelta:
        """How far the shop's clock is ahead."""
        hours = self.random("clock").uniform(-36, 36) if "clock_skew" in self else 0.0
        return timedelta(hours=hours)

    @property
    def is_too_far_ahead(self) -> bool:
        return self.skew > _FUTURE_TOLERANCE

    def commits(self, table: str) -> Iterator[str]:
        """What becomes of each call that would commit to the table, whatever happens to others meanwhile."""
        draw = self.random(f"commits to {table}")
        while True:
            yield from draw.choices(list(_COMMITS), list(_COMMITS.values()))

    def __contains__(self, fault: str) -> bool:
        return fault in self.faults


def plan(seed: int, only: frozenset[str] = frozenset()) -> Plan:
    """The first seeds have one fault each, in their order; the others two to six at once."""
    draw = random.Random(seed)
    names = list(FAULTS)
    alone = {names[seed - 1]} if 1 <= seed <= len(names) else None
    chosen = alone or set(draw.sample(names, draw.randint(2, 6)))
    return Plan(
        seed, only or frozenset(chosen), draw.randrange(800, 1_600), draw.choice((300.0, 500.0, 800.0))
    )

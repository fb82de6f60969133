"""What the status is made of: each source asks one thing, and says what of it is wrong.

Thresholds of lag, freshness and rates are the alarms'.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sql
from infra.stack import Profile
from orderlake import athena, operations
from orderlake.aws import Aws
from orderlake.operations import Row

EVERYWHERE: Final[tuple[Profile, ...]] = ("stream", "direct")


def _nothing(_row: Row) -> str | None:
    return None


@dataclass(frozen=True)
class Source:
    """`ask` gives rows with these columns, in any thread; `problem` says what is wrong with one."""

    name: str
    title: str
    columns: tuple[str, ...]
    ask: Callable[[Aws], Sequence[Row]]
    problem: Callable[[Row], str | None] = _nothing
    profiles: tuple[Profile, ...] = EVERYWHERE


def _lag(aws: Aws) -> list[Row]:
    """Every open shard, and others that events came from lately."""
    waits = {str(row["shard_id"]): row for row in _answer(aws, "status/waits_by_shard")}
    idle: Row = {"events": 0, "longest_seconds": None, "newest_at": None}
    shards = sorted({*operations.open_shards(aws), *waits})
    return [{"shard": shard, **{name: waits.get(shard, idle)[name] for name in idle}} for shard in shards]


def _quarantine(aws: Aws) -> list[Row]:
    """By reason; bronze's and quarantine's times are microseconds since the epoch."""
    return [
        {**row, **{name: _moment(row[name]) for name in ("first_rejected_at", "last_rejected_at")}}
        for row in _answer(aws, "analytics/quarantine_by_reason")
    ]


def _moment(micros: object) -> datetime:
    return datetime.fromtimestamp(int(str(micros)) / 1_000_000, UTC)


def _answer(aws: Aws, name: str) -> Sequence[Row]:
    return athena.run(aws, sql.text(f"{name}.sql")).rows


def _ringing(row: Row) -> str | None:
    return f"alarm {row['alarm']}: {row['what_it_means']}" if row["state"] == "ALARM" else None


def _failed(row: Row) -> str | None:
    if row["state"] not in operations.FAILED:
        return None
    return f"job {row['job']} ended {row['state']}: {row['message'] or 'no reason given'}"


def _imbalance(row: Row) -> str | None:
    found = [
        f"{row[count]} {name}"
        for count, name in (("missing", "missing"), ("failed", "in a failure store"))
        if row[count]
    ]
    if not found and row["unbalanced"]:
        found = ["events twice" if row["ledger"] == "silver" else "records in two places"]
    return f"{row['ledger']} ledger: {', '.join(found)}: orderlake audit says which" if found else None


SOURCES: Final = (
    Source(
        "lag",
        "lag, last 15 minutes",
        ("shard", "events", "longest_seconds", "newest_at"),
        _lag,
        profiles=("stream",),
    ),
    Source(
        "freshness",
        "freshness",
        ("layer", "fresh_at"),
        lambda aws: _answer(aws, "dashboard/freshness"),
    ),
    Source(
        "rates",
        f"rates, last {operations.RATE_MINUTES} minutes",
        ("flow", "count", "per_second"),
        lambda aws: operations.rates(aws, datetime.now(UTC)),
    ),
    Source(
        "jobs",
        "last job runs",
        ("job", "state", "started_at", "seconds"),
        lambda aws: operations.job_runs(aws, 1),
        _failed,
    ),
    Source("alarms", "alarms", ("alarm", "state", "since"), operations.alarms, _ringing),
    Source(
        "quarantine",
        "quarantine, all time",
        ("reason", "records", "last_rejected_at"),
        _quarantine,
    ),
    Source(
        "ledger",
        "ledgers, last day",
        ("ledger", "expected", "found", "in_flight", "missing", "failed", "measured_at"),
        lambda aws: _answer(aws, "status/ledgers"),
        _imbalance,
    ),
)

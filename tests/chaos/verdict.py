"""What is held after a seed: both ledgers, each event once, and gold against its recomputation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from orderlake import athena
from orderlake.aws import Aws
from orderlake.ledger.audit import audit
from orderlake.ledger.report import rows
from producer.aggregation import AggregateProblem, unpack
from tests.chaos.faults import Plan
from tests.chaos.recomputation import Sums, gold, read_record

_KEYS = {
    "gold_daily_sales": ("sales_date", "category", "country", "currency"),
    "gold_product_sales": ("sales_date", "sku", "currency"),
    "gold_customer_value": ("customer_id", "currency"),
}
_MEASURES = ("amount", "gross_amount", "returned_amount", "adjusted_amount", "units", "orders")


@dataclass(frozen=True)
class Verdict:
    """`sent` events were to arrive; `lost` of them did not, `doubled` count more than once.

    Events from too far ahead are to arrive in quarantine, all others in silver.
    """

    seed: int
    faults: tuple[str, ...]
    met: Mapping[str, int]
    sent: int
    lost: int
    doubled: int
    problems: tuple[str, ...] = field(default=())
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled or self.problems)


def judge(
    aws: Aws, plan: Plan, folder: Path, rejected: int, met: Mapping[str, int], failures: Sequence[str]
) -> Verdict:
    """Look at everything, from the producer's record to gold; `failures` are those of the last jobs."""
    problems = list(failures)
    ledgers = audit(aws, "gold", wait_seconds=0)
    if not ledgers.balanced:
        problems += [
            f"{row['ledger']}: {row['fact']} {row['count']} {row['detail']}"
            for row in rows(ledgers)
            if row["balanced"] == "no"
        ]
    record = read_record(folder / "sent.jsonl")
    on_stream = _on_stream(aws)
    # A producer that was killed, or whose disk was full, may not have sent what it had just written down.
    is_cut_short = "producer_killed" in plan or "disk_full" in plan
    to_arrive = record.keys() & on_stream if is_cut_short else record.keys()
    stored = Counter(
        str(row["event_id"]) for row in athena.run(aws, "SELECT event_id FROM silver_order_events").rows
    )
    quarantine = athena.run(aws, "SELECT event_id, reason FROM quarantine_distinct").rows
    refused = {
        str(row["event_id"])
        for row in quarantine
        if plan.is_too_far_ahead and row["reason"] == "time_in_future"
    }
    lost = len(to_arrive - stored.keys() - refused)
    doubled = sum(stored.values()) - len(stored)
    if strangers := stored.keys() - record.keys():
        problems.append(f"{len(strangers)} events in silver that nobody sent")
    others = sum(str(row["event_id"]) not in refused for row in quarantine)
    if others != rejected:
        problems.append(f"{others} other records in quarantine instead of {rejected}")
    if plan.is_too_far_ahead and stored:
        problems.append(f"{len(stored)} events in silver from a clock too far ahead")
    if given_up := ledgers.lake.given_up + ledgers.lake.delivery_failed:
        problems.append(f"{given_up} records in a failure store")
    # A job that failed has not brought gold up to date, and may not have made it.
    expected = {} if failures else gold(record[event_id] for event_id in to_arrive - refused)
    for table, sums in expected.items():
        differing = _differing(sums, _stored_gold(aws, table))
        if differing:
            problems.append(f"{table}: {len(differing)} keys differ, such as {differing[0]}")
    faults = tuple(sorted(plan.faults))
    return Verdict(plan.seed, faults, met, len(to_arrive), lost, doubled, tuple(problems))


def _on_stream(aws: Aws) -> set[str]:
    """The event ids that the stream holds."""
    kinesis = aws.session.client("kinesis")
    found: set[str] = set()
    for shard in kinesis.list_shards(StreamName=aws.stack.stream_name)["Shards"]:
        iterator: str | None = kinesis.get_shard_iterator(
            StreamName=aws.stack.stream_name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
            for record in answer["Records"]:
                parts = unpack(record["Data"], record["PartitionKey"])
                documents = (
                    [record["Data"]]
                    if isinstance(parts, AggregateProblem) or not parts
                    else [part.data for part in parts]
                )
                found.update(_event_ids(documents))
            iterator = answer.get("NextShardIterator") if answer["Records"] else None
    return found


def _event_ids(documents: list[bytes]) -> set[str]:
    found = set()
    for document in documents:
        try:
            found.add(str(json.loads(document)["event_id"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _stored_gold(aws: Aws, table: str) -> Sums:
    keys = _KEYS[table]
    columns = ", ".join((*keys, *_MEASURES))
    result = athena.run(aws, f"SELECT {columns} FROM {table}")  # names of this module
    return {
        tuple(str(row[key]) for key in keys): {name: Decimal(str(row[name])) for name in _MEASURES}
        for row in result.rows
    }


def _differing(expected: Sums, stored: Sums) -> list[tuple[Any, ...]]:
    return [
        (
            key,
            {name: str(stored.get(key, {}).get(name)) for name in _MEASURES},
            {name: str(value) for name, value in expected.get(key, {}).items()},
        )
        for key in sorted(expected.keys() | stored.keys())
        if any(
            expected.get(key, {}).get(name, Decimal(0)) != stored.get(key, {}).get(name, Decimal(0))
            for name in _MEASURES
        )
        or (key in expected) != (key in stored)
    ]

"""Takes both ledgers of one stack, as far down the pipeline as asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.errors import QueryRefused
from orderlake.ledger import lake_arrivals, withdrawn
from orderlake.ledger.accepted import accepted
from orderlake.ledger.balance import (
    Arrivals,
    Coordinate,
    LakeLedger,
    ProducerLedger,
    lake_ledger,
    producer_ledger,
)
from orderlake.ledger.faults import FaultLedger, Outcome, fault_ledger
from orderlake.ledger.given_up import GivenUpStore
from orderlake.ledger.stream_arrivals import StreamReader
from producer.lake import S3Manifests
from producer.manifest import RunManifest, load_manifests

Stage = Literal["bronze", "silver", "gold"]
STAGES: tuple[Stage, ...] = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class SilverLedger:
    """Bronze = silver + duplicates, by event id."""

    bronze: int
    silver: int
    duplicates: int
    not_in_silver: int
    not_in_bronze: int
    twice_in_silver: int

    @property
    def balanced(self) -> bool:
        return self.not_in_silver == self.not_in_bronze == self.twice_in_silver == 0


@dataclass(frozen=True)
class GoldLedger:
    """Gold = silver: how many keys have sums that differ."""

    days_differing: int
    products_differing: int
    customers_differing: int

    @property
    def balanced(self) -> bool:
        return self.days_differing == self.products_differing == self.customers_differing == 0


@dataclass(frozen=True)
class Audit:
    """The ledgers at one moment; stages that were not asked for, or have nothing to say, are None."""

    producers: ProducerLedger
    lake: LakeLedger
    faults: FaultLedger | None
    silver: SilverLedger | None
    gold: GoldLedger | None
    outside_shard: tuple[Coordinate, ...] = ()

    @property
    def balanced(self) -> bool:
        stages = (self.producers, self.lake, self.faults, self.silver, self.gold)
        return all(stage.balanced for stage in stages if stage is not None)


def audit(
    aws: Aws,
    through: Stage,
    wait_seconds: float,
    on_look: Callable[[Audit], None] = lambda _: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Audit:
    """Look until the ledgers balance or `wait_seconds` have passed; the last look is returned."""
    reader = _reader(aws)
    store = GivenUpStore(aws)
    deadline = now() + wait_seconds
    while True:
        look = _look(aws, reader, store, through)
        on_look(look)
        if look.balanced or now() >= deadline:
            return look
        sleep(min(1.0, max(0.0, deadline - now())))


def _reader(aws: Aws) -> StreamReader | None:
    """None where events come through no stream."""
    if aws.stack.profile == "direct":
        return None
    return StreamReader(aws.session.client("kinesis"), aws.stack.stream_name, pause_seconds=_pause(aws))


def _look(aws: Aws, reader: StreamReader | None, store: GivenUpStore, through: Stage) -> Audit:
    stream = reader.read() if reader else Arrivals()
    bronze = lake_arrivals.of_table(aws, "bronze_arrivals")
    quarantine = lake_arrivals.of_table(aws, "quarantine_arrivals")
    given_up = store.arrivals()
    failed = lake_arrivals.of_failed_deliveries(aws)
    taken_out = withdrawn.read(aws)
    places = {
        "bronze": bronze.copies,
        "quarantine": quarantine.copies,
        "delivery_failed": failed.copies,
        "given_up": given_up.copies,
        "withdrawn": taken_out.copies,
    }
    manifests = [
        manifest
        for manifest in load_manifests(S3Manifests(aws.session.client("s3"), aws.stack.lake_bucket))
        if manifest.stream_name == aws.stack.stream_name
    ]
    arrived = {
        coordinate: promise
        for place in (taken_out, failed, given_up, bronze, quarantine, stream)
        for coordinate, promise in place.promises.items()
    }
    return Audit(
        producers=producer_ledger(manifests, arrived.values()),
        lake=lake_ledger(stream.copies.keys() if reader else accepted(manifests, arrived), places),
        faults=_faults(aws, manifests),
        silver=_silver(aws) if through != "bronze" else None,
        gold=_gold(aws) if through == "gold" else None,
        outside_shard=tuple(sorted(reader.outside_shard)) if reader else (),
    )


def _faults(aws: Aws, manifests: list[RunManifest]) -> FaultLedger | None:
    if all(manifest.faults is None for manifest in manifests):
        return None
    found = athena.stream_rows(aws, sql.text("audit/run_outcomes.sql"))
    outcomes = {
        row["producer_id"]: Outcome(**{name: int(row[name]) for name in Outcome._fields}) for row in found
    }
    return fault_ledger(manifests, outcomes)


def _silver(aws: Aws) -> SilverLedger:
    return SilverLedger(**_counts(aws, "through_silver"))


def _gold(aws: Aws) -> GoldLedger:
    return GoldLedger(**_counts(aws, "through_gold"))


def _counts(aws: Aws, question: str) -> dict[str, int]:
    try:
        (row,) = athena.run(aws, sql.text(f"audit/{question}.sql")).rows
    except QueryRefused as error:
        raise QueryRefused(
            f"{error}; run `orderlake job silver --wait` and `orderlake job gold --wait` first"
        ) from error
    return {name: int(str(count)) for name, count in row.items()}


def _pause(aws: Aws) -> float:
    return 0.0 if aws.endpoint_url else 0.2

"""The arithmetic of the ledgers: pure functions over sets of identities.

A record is named twice: by its producer's run and sequence (what was promised), and by its
coordinates in the stream (what arrived). Both ledgers compare identities, never only counts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from producer.manifest import RunManifest


class Coordinate(NamedTuple):
    """Where a record stands in the stream; `sub_sequence_number` counts within an aggregate, from 0."""

    shard_id: str
    sequence_number: int
    sub_sequence_number: int


class Promise(NamedTuple):
    """A record as its producer numbered it."""

    producer_id: str
    sequence: int


@dataclass(frozen=True)
class RunLine:
    """One producer run: what it says it was promised, and what is found of it."""

    producer_id: str
    closed: bool
    announced: int
    acknowledged: int
    arrived: int
    unconfirmed: int
    missing: tuple[int, ...]

    @property
    def balanced(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class ProducerLedger:
    """Producer to stream: every acknowledged sequence number is on the stream or in the lake."""

    runs: tuple[RunLine, ...]
    foreign: int

    @property
    def balanced(self) -> bool:
        return all(run.balanced for run in self.runs)


@dataclass(frozen=True)
class LakeLedger:
    """Stream to lake: stream = bronze + quarantine + given up + delivery failed + withdrawn + in flight."""

    stream: int
    bronze: int
    quarantine: int
    given_up: int
    delivery_failed: int
    withdrawn: int
    in_flight: tuple[Coordinate, ...]
    redelivered: int
    in_two_places: tuple[Coordinate, ...]
    no_longer_on_stream: int

    @property
    def balanced(self) -> bool:
        return not self.in_flight and not self.in_two_places


@dataclass(frozen=True)
class Arrivals:
    """What one place holds: how often each coordinate is there, and how its producer numbered the record."""

    copies: Counter[Coordinate] = field(default_factory=Counter)
    promises: dict[Coordinate, Promise | None] = field(default_factory=dict)

    def add(self, coordinate: Coordinate, promise: Promise | None) -> None:
        self.copies[coordinate] += 1
        self.promises[coordinate] = promise


def producer_ledger(manifests: Iterable[RunManifest], arrived: Iterable[Promise | None]) -> ProducerLedger:
    """Hold each run's acknowledged ranges against the records that arrived, one promise per coordinate.

    Foreign are the records without a readable producer and sequence (None), those of producers that left
    no manifest, and those beyond what a run announced.
    """
    runs = {manifest.producer_id: manifest for manifest in manifests}
    seen: dict[str, set[int]] = {producer_id: set() for producer_id in runs}
    foreign = 0
    for promise in arrived:
        run = runs.get(promise.producer_id) if promise else None
        if promise is None or run is None or not 1 <= promise.sequence <= run.announced:
            foreign += 1
        else:
            seen[promise.producer_id].add(promise.sequence)
    lines = [_run_line(runs[producer_id], seen[producer_id]) for producer_id in sorted(runs)]
    return ProducerLedger(runs=tuple(lines), foreign=foreign)


def _run_line(manifest: RunManifest, seen: set[int]) -> RunLine:
    acknowledged = {number for first, last in manifest.acknowledged for number in range(first, last + 1)}
    return RunLine(
        producer_id=manifest.producer_id,
        closed=manifest.closed_at is not None,
        announced=manifest.announced,
        acknowledged=len(acknowledged),
        arrived=len(seen),
        unconfirmed=len(seen - acknowledged),
        missing=tuple(sorted(acknowledged - seen)),
    )


def lake_ledger(stream: AbstractSet[Coordinate], places: Mapping[str, Counter[Coordinate]]) -> LakeLedger:
    """Find every record of the stream in one of `places`: bronze, quarantine, given_up, delivery_failed.

    A record in bronze and quarantine at once contradicts itself. A record that was given up or failed
    delivery and is in bronze as well was sent again: it counts where it ended.
    """
    bronze = places["bronze"].keys()
    quarantine = places["quarantine"].keys()
    settled = bronze | quarantine
    delivery_failed = places["delivery_failed"].keys() - settled
    given_up = places["given_up"].keys() - settled - delivery_failed
    withdrawn = places.get("withdrawn", Counter()).keys() - settled - delivery_failed - given_up
    everywhere = settled | delivery_failed | given_up | withdrawn
    return LakeLedger(
        stream=len(stream),
        bronze=len(bronze),
        quarantine=len(quarantine),
        given_up=len(given_up),
        delivery_failed=len(delivery_failed),
        withdrawn=len(withdrawn),
        in_flight=tuple(sorted(stream - everywhere)),
        redelivered=places["bronze"].total() + places["quarantine"].total() - len(bronze) - len(quarantine),
        in_two_places=tuple(sorted(bronze & quarantine)),
        no_longer_on_stream=len(everywhere - stream),
    )

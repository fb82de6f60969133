"""Both ledgers of a silver run, over records that are made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from glue.ledger.measure import Measurement, measure
from glue.ledger.sources import Record, Sources

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=50)


def record(number: int, place: str = "stream", **changes: Any) -> Record:
    """The record with that number, which is its sequence as well; one a second from noon."""
    made = Record(place, "shard-0", str(number), 0, NOON + timedelta(seconds=number), "shop", number)
    return replace(made, **changes)


@dataclass
class World:
    """What there is; counts how often it is read."""

    on_stream: list[Record] = field(default_factory=list)
    in_lake: list[Record] = field(default_factory=list)
    taken_out: list[tuple[str, str, str, int]] = field(default_factory=list)
    runs: list[Mapping[str, Any]] = field(default_factory=list)
    started_at: str = "2026-03-02T12:00:00Z"
    passes: int = 0
    read_since: datetime | None = None

    def stream(self, since: datetime, until: datetime) -> Iterator[Record]:
        self.passes += 1
        return (one for one in self.on_stream if since <= one.arrived_at < until)

    def lake(self, since: datetime) -> Iterator[Record]:
        self.read_since = since
        return (one for one in self.in_lake if one.arrived_at >= since)

    def withdrawn(self) -> Iterator[tuple[str, str, str, int]]:
        return iter(self.taken_out)

    def manifests(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        return iter(self.runs)

    def sent(self, numbers: range) -> None:
        self.on_stream += [record(number) for number in numbers]
        first, last = numbers[0], numbers[-1]
        self.runs = [
            {
                "producer_id": "shop",
                "acknowledged": [[first, last]],
                "stream_name": "orders",
                "started_at": self.started_at,
            }
        ]

    def delivered(self, numbers: range, place: str = "bronze") -> None:
        self.in_lake += [record(number, place) for number in numbers]

    def measure(self, state: Mapping[str, Any] | None = None, now: datetime = NOW) -> Measurement:
        return measure(cast("Sources", self), state, now)


def row(measured: Measurement, ledger: str) -> Mapping[str, Any]:
    (found,) = [one for one in measured.rows if one["ledger"] == ledger]
    return found


def test_what_balances_is_seen_by_its_digest_in_one_pass() -> None:
    world = World()
    world.sent(range(1, 101))
    world.delivered(range(1, 91))
    world.delivered(range(91, 101), "quarantine")

    measured = world.measure()

    stream = row(measured, "stream")
    assert world.passes == 1
    assert stream["expected_digest"] == stream["found_digest"]
    assert (stream["expected"], stream["bronze"], stream["quarantine"]) == (100, 90, 10)
    assert (measured.imbalance, measured.gaps) == (0, 0)


def test_a_record_that_is_nowhere_is_named() -> None:
    world = World()
    world.sent(range(1, 101))
    world.delivered(range(1, 42))
    world.delivered(range(43, 101))

    stream = row(world.measure(), "stream")

    assert (stream["found"], stream["missing"], stream["examples"]) == (99, 1, "42")
    assert not stream["balanced"]


def test_one_that_is_nowhere_is_seen_behind_one_that_came_twice() -> None:
    world = World()
    world.sent(range(1, 4))
    world.delivered(range(1, 3))
    world.delivered(range(1, 2))

    assert row(world.measure(), "stream")["examples"] == "3"


def test_a_record_that_came_twice_balances() -> None:
    world = World()
    world.sent(range(1, 4))
    world.delivered(range(1, 4))
    world.delivered(range(1, 2))

    stream = row(world.measure(), "stream")

    assert stream["balanced"]
    assert (stream["expected"], stream["bronze"]) == (3, 4)


def test_a_young_record_is_in_flight_and_missing_a_quarter_of_an_hour_later() -> None:
    world = World()
    world.sent(range(1, 11))
    now = NOON + timedelta(minutes=1)

    young = world.measure(now=now)
    old = world.measure(young.state, now + timedelta(minutes=16))

    assert (row(young, "stream")["in_flight"], young.imbalance) == (10, 0)
    assert (row(old, "stream")["in_flight"], old.imbalance) == (0, 10)


def test_an_hour_is_measured_until_it_balances() -> None:
    world = World()
    world.sent(range(1, 11))
    world.delivered(range(1, 10))
    first = world.measure()
    world.delivered(range(10, 11))

    second = world.measure(first.state, NOW + timedelta(hours=3))
    third = world.measure(second.state, NOW + timedelta(hours=4))

    assert (first.imbalance, second.imbalance) == (1, 0)
    assert row(second, "stream")["hour"] == NOON
    assert [one for one in third.rows if one["ledger"] == "stream"] == []


def test_a_record_that_was_accepted_and_rejected_is_an_imbalance() -> None:
    world = World()
    world.sent(range(1, 4))
    world.delivered(range(1, 4))
    world.delivered(range(3, 4), "quarantine")

    assert world.measure().imbalance == 1


def test_a_record_that_verify_took_out_is_not_missed() -> None:
    world = World()
    world.sent(range(1, 4))
    world.delivered(range(1, 3))
    world.taken_out = [("shard-0", "3", "shop", 3)]

    first = world.measure()
    second = world.measure(first.state, NOW + timedelta(hours=1))

    assert (second.imbalance, second.gaps) == (0, 0)


def test_an_acknowledged_event_that_does_not_come_is_a_gap() -> None:
    world = World()
    world.sent(range(1, 11))
    world.on_stream.pop(4)
    world.delivered(range(1, 5))
    world.delivered(range(6, 11))

    first = world.measure()
    soon = world.measure(first.state, NOW + timedelta(minutes=1))
    later = world.measure(soon.state, NOW + timedelta(minutes=20))

    assert (first.gaps, soon.gaps, later.gaps) == (0, 0, 1)
    assert row(later, "producer")["examples"] == "5"
    assert later.imbalance == 0


def test_a_long_run_is_known_by_what_came_in_earlier_hours() -> None:
    world = World()
    world.sent(range(1, 11))
    world.delivered(range(1, 11))
    first = world.measure()
    second = world.measure(first.state, NOW + timedelta(hours=2))
    world.in_lake.clear()

    third = world.measure(second.state, NOW + timedelta(hours=5))

    assert row(third, "producer")["found"] == 10
    assert third.gaps == 0


def test_the_first_measurement_reads_no_more_than_what_is_kept() -> None:
    world = World()

    world.measure()

    assert world.read_since == NOON - timedelta(days=1)


def test_the_first_measurement_begins_with_the_oldest_run_that_is_measured() -> None:
    world = World(started_at="2026-02-20T08:30:00Z")
    world.sent(range(1, 3))
    world.delivered(range(1, 3))
    world.in_lake[0] = replace(world.in_lake[0], arrived_at=datetime(2026, 2, 20, 8, 31, tzinfo=UTC))

    assert row(world.measure(), "producer")["found"] == 2


def test_a_measurement_after_the_first_reads_the_hours_that_are_open() -> None:
    world = World()
    first = world.measure()

    world.measure(first.state, NOW + timedelta(minutes=20))

    assert world.read_since == NOON

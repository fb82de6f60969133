from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.errors import ManifestUnwritable
from producer.journal import Journal, JournalSettings
from producer.manifest import EventTypeStats, RunManifest, manifest_key, start_run
from tests.unit.producer.events import record
from tests.unit.producer.fakes import FakeStore

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class Hands:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def journal_of(store: FakeStore, clock: Hands | None = None, step: int = 10, every: int = 50_000) -> Journal:
    run = start_run(producer_id="run-1", command="produce", stream_name="orders", started_at=START)
    settings = JournalSettings(announce_step=step, write_every_seconds=5, write_every_events=every)
    return Journal(store, run, settings, clock=clock or Hands())


def last(store: FakeStore) -> RunManifest:
    return RunManifest.model_validate_json(store.objects[manifest_key("run-1")])


def test_a_sequence_is_announced_in_the_store_before_announce_returns() -> None:
    store = FakeStore()
    journal = journal_of(store)
    for sequence in range(1, 22):
        journal.announce(sequence)
        assert last(store).announced >= sequence
    assert len(store.bodies) == 3


def test_acknowledgements_are_written_after_some_seconds_and_not_before() -> None:
    store, clock = FakeStore(), Hands()
    journal = journal_of(store, clock)
    journal.announce(1)
    journal.acknowledge([record(1)])
    assert last(store).acknowledged == ()
    clock.now += timedelta(seconds=5)
    journal.write_if_due()
    assert last(store).acknowledged == ((1, 1),)


def test_acknowledgements_are_written_after_so_many_events() -> None:
    store = FakeStore()
    journal = journal_of(store, every=2)
    journal.announce(2)
    journal.acknowledge([record(2), record(1)])
    assert last(store).acknowledged == ((1, 2),)


def test_the_final_manifest_announces_only_what_could_have_been_sent() -> None:
    store = FakeStore()
    journal = journal_of(store, step=1000)
    for sequence in (1, 2, 3):
        journal.announce(sequence)
    journal.acknowledge([record(1, 95), record(3, 95)])
    journal.fail([2, 3])
    journal.note_retries(4)
    closed = journal.close()
    assert closed == last(store)
    assert (closed.announced, closed.acknowledged, closed.failed) == (3, ((1, 1), (3, 3)), ((2, 2),))
    assert (closed.events, closed.bytes, closed.retries, closed.closed_at) == (2, 200, 4, START)
    assert closed.by_type == {"order_shipped": EventTypeStats(events=2, bytes=200)}


def test_a_failed_event_that_is_taken_later_is_acknowledged() -> None:
    journal = journal_of(FakeStore())
    journal.announce(1)
    journal.fail([1])
    journal.acknowledge([record(1)])
    assert (journal.manifest().acknowledged, journal.manifest().failed) == (((1, 1),), ())


def test_a_store_that_fails_stops_the_announcement() -> None:
    class Full(FakeStore):
        def put(self, key: str, body: bytes) -> None:
            raise OSError("disk full")

    with pytest.raises(ManifestUnwritable, match="disk full"):
        journal_of(Full()).announce(1)


def test_what_could_not_be_announced_is_announced_anew() -> None:
    class Recovering(FakeStore):
        def put(self, key: str, body: bytes) -> None:
            super().put(key, body)
            if len(self.bodies) == 1:
                raise OSError("try again")

    store = Recovering()
    journal = journal_of(store)
    with pytest.raises(ManifestUnwritable):
        journal.announce(1)
    assert journal.announced == 0
    journal.announce(1)
    assert (journal.announced, len(store.bodies)) == (1, 2)


@given(st.permutations(list(range(1, 31))), st.integers(1, 7), st.integers(1, 5))
def test_killed_at_any_moment_the_stored_manifest_is_true(order: list[int], step: int, every: int) -> None:
    store = FakeStore()
    journal = journal_of(store, step=step, every=every)
    acknowledged: set[int] = set()
    seen = 0
    for count, sequence in enumerate(order, start=1):
        journal.announce(count)
        journal.announce(max(order[:count]))
        acknowledged.add(sequence)
        journal.acknowledge([record(sequence)])
        for body in store.bodies[seen:]:
            stored = RunManifest.model_validate_json(body)
            claimed = {n for first, end in stored.acknowledged for n in range(first, end + 1)}
            assert claimed <= acknowledged
        assert last(store).announced >= max(acknowledged)
        seen = len(store.bodies)
    assert journal.close().acknowledged == ((1, 30),)

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producer.contract import decode
from producer.draft import EventDraft
from producer.errors import OrderFileBroken, OrderFileMissing, StreamMissing, StreamThrottled
from producer.journal import Journal
from producer.manifest import RunManifest, manifest_key, start_run
from producer.order_files import read_order_file
from producer.pace import EventTimePace, SteadyPace
from producer.run import RunProgress, send, send_rest
from producer.spool import Spool
from tests.unit.producer.events import draft, record
from tests.unit.producer.fakes import (
    FakeKinesis,
    FakeStore,
    FakeTime,
    failed_at,
    refused,
    stream_over,
    took_all,
)

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def journal_of(store: FakeStore) -> Journal:
    run = start_run(producer_id="run-1", command="replay", stream_name="orders", started_at=START)
    return Journal(store, run, clock=lambda: START)


def last(store: FakeStore) -> RunManifest:
    return RunManifest.model_validate_json(store.objects[manifest_key("run-1")])


def test_everything_is_sent_numbered_and_journalled() -> None:
    store, kinesis = FakeStore(), FakeKinesis(failed_at(3), took_all)
    journal = journal_of(store)
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge)
    report = send((draft(n) for n in range(1, 1_002)), stream, journal)
    sent = [decode(data) for data in kinesis.taken]
    assert sorted(event.sequence for event in sent) == list(range(1, 1_002))
    assert {event.producer_id for event in sent} == {"run-1"}
    assert (report.produced, report.acknowledged, report.retried, report.throttled) == (1_001, 1_001, 1, 1)
    assert not report.was_stopped
    assert last(store).acknowledged == ((1, 1_001),)
    assert (last(store).announced, last(store).retries, last(store).closed_at) == (1_001, 1, START)


def test_nothing_is_sent_that_was_not_announced_before() -> None:
    store = FakeStore()
    announced: list[bool] = []

    class Watched(FakeKinesis):
        def put_records(self, **request: object) -> dict[str, object]:
            records = request["Records"]
            assert isinstance(records, list)
            highest = max(decode(record["Data"]).sequence for record in records)
            announced.append(last(store).announced >= highest)
            return super().put_records(StreamName="orders", Records=records)

    journal = journal_of(store)
    stream, _ = stream_over(Watched(), on_acknowledged=journal.acknowledge)
    send((draft(n) for n in range(1, 25_001)), stream, journal)
    assert len(announced) == 50
    assert all(announced)


def test_an_event_for_which_no_room_came_is_in_the_manifest_as_failed() -> None:
    store = FakeStore()
    journal = journal_of(store)
    stream, _ = stream_over(
        FakeKinesis(failed_at(*range(500))),
        on_acknowledged=journal.acknowledge,
        max_attempts=2,
        max_held_bytes=1024 * 1024,
    )
    with pytest.raises(StreamThrottled):
        send((draft(n) for n in range(1, 10_000)), stream, journal)
    assert last(store).failed == ((1, last(store).announced),)


def test_what_could_not_be_sent_is_in_the_manifest_as_failed() -> None:
    store = FakeStore()
    journal = journal_of(store)
    kinesis = FakeKinesis(took_all, refused("ResourceNotFoundException"))
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge)
    with pytest.raises(StreamMissing):
        send((draft(n) for n in range(1, 701)), stream, journal)
    assert (last(store).acknowledged, last(store).failed) == (((1, 500),), ((501, 700),))


def test_a_stop_sends_what_is_buffered_and_says_so() -> None:
    stop, store, kinesis = threading.Event(), FakeStore(), FakeKinesis()
    journal = journal_of(store)
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge, stop=stop)

    def endless() -> Iterator[EventDraft]:
        n = 0
        while True:
            n += 1
            if n == 43:
                stop.set()
            yield draft(n)

    report = send(endless(), stream, journal, stop=stop)
    assert report.was_stopped
    assert (report.produced, report.acknowledged) == (42, 42)
    assert last(store).acknowledged == ((1, 42),)


def test_a_stop_ends_the_waiting_for_the_next_event() -> None:
    stop, time = threading.Event(), FakeTime()
    journal = journal_of(FakeStore())
    stream, _ = stream_over(FakeKinesis(), time, on_acknowledged=journal.acknowledge, stop=stop)

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        if time.now > 10:
            stop.set()
        return stop.is_set()

    drafts = [draft(1), draft(2, "2010-12-02T08:26:00Z")]
    report = send(drafts, stream, journal, pace=EventTimePace(1), stop=stop, clock=time.clock, wait=wait)
    assert report.was_stopped
    assert report.acknowledged == 1
    assert 10 < report.seconds < 10.2


def test_a_paced_run_keeps_its_rate_and_does_not_sit_on_events() -> None:
    time, kinesis = FakeTime(), FakeKinesis()
    journal = journal_of(FakeStore())
    stream, _ = stream_over(kinesis, time, on_acknowledged=journal.acknowledge, linger_seconds=0.2)

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    report = send(
        (draft(n) for n in range(1, 10_000)),
        stream,
        journal,
        pace=SteadyPace(50, duration=60),
        clock=time.clock,
        wait=wait,
    )
    assert report.produced == 3_000
    assert report.seconds == pytest.approx(60, rel=0.02)
    assert max(len(keys) for keys in kinesis.requests) <= 50 * 0.4
    assert min(time.sleeps) > 0.002


def test_a_source_that_breaks_leaves_what_it_gave_sent_and_journalled() -> None:
    store, kinesis = FakeStore(), FakeKinesis()
    journal = journal_of(store)
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge)

    def breaking() -> Iterator[EventDraft]:
        yield draft(1)
        raise OrderFileBroken(path=Path("x"), lines=1, bytes_read=1, cause="cut off")

    with pytest.raises(OrderFileBroken):
        send(breaking(), stream, journal)
    assert len(kinesis.taken) == 1
    assert (last(store).acknowledged, last(store).closed_at) == (((1, 1),), START)


def test_a_run_killed_between_its_announcement_and_its_first_event_is_closed(tmp_path: Path) -> None:
    store = FakeStore()
    journal = journal_of(store)
    with Spool(tmp_path) as spool:
        spool.begin(journal.manifest())
        journal.announce(1)
    assert (last(store).announced, last(store).closed_at) == (10_000, None)

    with Spool(tmp_path) as spool:
        run = spool.run
        assert run is not None
        send_rest(spool, stream_over(FakeKinesis(), spool=spool)[0], Journal(store, run, clock=lambda: START))
    with Spool(tmp_path) as spool:
        assert spool.run is None
    assert (last(store).announced, last(store).acknowledged, last(store).closed_at) == (0, (), START)


def test_a_source_that_gives_nothing_leaves_nothing_behind() -> None:
    store, kinesis = FakeStore(), FakeKinesis()
    journal = journal_of(store)
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge)
    with pytest.raises(OrderFileMissing):
        send(read_order_file(Path("no-such-file")), stream, journal)
    assert (kinesis.requests, store.objects) == ([], {})


def test_a_run_that_was_cut_off_goes_on_with_what_its_manifest_lacks() -> None:
    store, kinesis = FakeStore(), FakeKinesis()
    first = journal_of(store)
    for sequence in (*range(1, 41), *range(60, 81)):
        first.announce(sequence)
        first.acknowledge([record(sequence)])
    first.close()
    journal = Journal(store, last(store), clock=lambda: START)
    stream, _ = stream_over(kinesis, on_acknowledged=journal.acknowledge)

    report = send((draft(n) for n in range(1, 101)), stream, journal)

    sent = sorted(decode(data).sequence for data in kinesis.taken)
    assert sent == [*range(41, 60), *range(81, 101)]
    assert (report.produced, report.acknowledged) == (100, 39)
    assert last(store).acknowledged == ((1, 100),)
    assert last(store).events == 100


def test_progress_is_told_while_events_flow() -> None:
    time = FakeTime()
    told: list[RunProgress] = []
    journal = journal_of(FakeStore())
    stream, _ = stream_over(FakeKinesis(), time, on_acknowledged=journal.acknowledge)

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    send(
        (draft(n) for n in range(1, 101)),
        stream,
        journal,
        pace=SteadyPace(10),
        on_progress=told.append,
        clock=time.clock,
        wait=wait,
    )
    assert len(told) > 50
    assert [progress.acknowledged for progress in told] == sorted(progress.acknowledged for progress in told)

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producer.errors import SpoolInUse, SpoolUnusable, SpoolUnwritable, StreamThrottled
from producer.manifest import start_run
from producer.spool import FILE_NAME, Spool
from producer.stream import OrderStream, Record
from tests.unit.producer.events import record
from tests.unit.producer.fakes import FakeKinesis, FakeTime, failed_at, stream_over, took_all

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUN = start_run(
    producer_id="run-1", command="produce", stream_name="orders", started_at=NOON, faults=["duplicates"]
)


def put(stream: OrderStream, count: int, size: int = 100) -> None:
    for sequence in range(1, count + 1):
        stream.put_record(record(sequence, size))


def damage(directory: Path, sequence: int) -> None:
    database = sqlite3.connect(directory / FILE_NAME)
    with database:
        database.execute("UPDATE entries SET data = X'00' WHERE sequence = ?", (sequence,))
    database.close()


def test_what_was_put_is_on_disk_before_put_returns_and_gone_once_acknowledged(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        stream, acknowledged = stream_over(FakeKinesis(), spool=spool)
        assert stream.put_record(record(1))
        assert (spool.depth, len(acknowledged)) == (1, 0)
        stream.flush()
        assert (spool.depth, len(acknowledged)) == (0, 1)


def test_without_a_spool_put_does_not_say_that_a_buffered_event_is_safe() -> None:
    stream, _ = stream_over(FakeKinesis())
    assert not stream.put_record(record(1))


def test_the_next_start_sends_what_was_left_in_its_order(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        put(stream_over(FakeKinesis(failed_at(*range(500))), spool=spool)[0], 1_200)
    kinesis = FakeKinesis()
    with Spool(tmp_path) as spool:
        stream, acknowledged = stream_over(kinesis, spool=spool)
        stream.flush()
        assert spool.depth == 0
    assert [taken.sequence for taken in acknowledged] == list(range(1, 1_201))


def test_an_outage_fills_the_disk_and_not_the_memory(tmp_path: Path) -> None:
    time, kinesis = FakeTime(), FakeKinesis(failed_at(*range(500)))
    with Spool(tmp_path) as spool:
        stream, acknowledged = stream_over(
            kinesis, time, spool=spool, max_held_bytes=1024 * 1024, max_batch_bytes=1024 * 1024
        )
        put(stream, 300, 10_000)
        assert stream._outbox.held_bytes <= 1024 * 1024
        assert spool.depth == 300
        kinesis.answer_from_now_on(took_all)
        stream.flush()
        assert [taken.sequence for taken in acknowledged] == list(range(1, 301))


def test_put_does_not_fail_while_the_stream_does_and_flush_says_so(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        stream, _ = stream_over(FakeKinesis(failed_at(*range(500))), spool=spool, max_attempts=2)
        put(stream, 2_000)
        with pytest.raises(StreamThrottled) as caught:
            stream.flush()
        assert len(caught.value.unacknowledged) == spool.depth == 2_000


def test_a_damaged_entry_is_set_aside_and_the_rest_is_sent(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        for sequence in (1, 2, 3):
            spool.add(record(sequence))
    damage(tmp_path, 2)
    with Spool(tmp_path) as spool:
        stream, acknowledged = stream_over(FakeKinesis(), spool=spool)
        stream.flush()
        assert [taken.sequence for taken in acknowledged] == [1, 3]
        assert [entry.sequence for entry in spool.damaged] == [2]
        assert spool.depth == 0


def test_an_acknowledgement_is_told_although_the_disk_refuses_to_note_it(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        stream, acknowledged = stream_over(FakeKinesis(), spool=spool)
        stream.put_record(record(1))
        spool._database.execute("PRAGMA query_only = true")
        with pytest.raises(SpoolUnwritable):
            stream.flush()
        assert [taken.sequence for taken in acknowledged] == [1]
        assert stream.unacknowledged == (1,)
        spool._database.execute("PRAGMA query_only = false")


def test_a_spool_with_a_damaged_file_is_called_unusable(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.begin(RUN)
        for sequence in range(1, 2_001):
            spool.add(record(sequence))
    body = bytearray((tmp_path / FILE_NAME).read_bytes())
    body[60_000:120_000] = bytes(60_000)
    (tmp_path / FILE_NAME).write_bytes(body)
    with pytest.raises(SpoolUnusable, match="recover"), Spool(tmp_path) as spool:
        spool.load(0, 10_000_000)


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    code = f"from producer.spool import Spool; from pathlib import Path; Spool(Path({str(tmp_path)!r}))"
    with Spool(tmp_path):
        second = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
        )
        with pytest.raises(SpoolInUse):
            Spool(tmp_path)
    assert "SpoolInUse" in second.stderr
    Spool(tmp_path).close()


def test_a_killed_process_leaves_everything_it_put_and_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from producer.spool import Spool; "
        "from producer.record import Record\n"
        f"spool = Spool(Path({str(tmp_path)!r}))\n"
        "for n in range(1, 501): spool.add(Record(n, 'k', b'd', 't'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60, env=os.environ.copy())
    assert done.returncode == -signal.SIGKILL
    with Spool(tmp_path) as spool:
        assert list(spool.sequences()) == list(range(1, 501))


def test_the_manifest_is_true_after_a_kill(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.begin(RUN)
        kept = [
            spool.add(Record(n, "k", b"data", "order_paid", "duplicates" if n == 2 else None))
            for n in (1, 2, 3, 4)
        ]
        spool.remove([kept[1], kept[3]])
    with Spool(tmp_path) as spool:
        run = spool.run
        assert run is not None
        assert (run.announced, run.acknowledged) == (4, ((2, 2), (4, 4)))
        assert (run.events, run.bytes, run.by_type["order_paid"].events) == (2, 10, 2)
        assert run.faults == {"duplicates": 1}


def test_a_run_does_not_begin_over_the_events_of_another(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.add(record(1))
        with pytest.raises(SpoolUnusable):
            spool.begin(RUN)


def test_a_disk_that_refuses_is_said_before_the_event_counts_as_taken(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool._database.execute("PRAGMA max_page_count = 8")
        with pytest.raises(SpoolUnwritable):
            spool.add(record(1, 100_000))
        assert spool.depth == 0


def test_a_file_that_is_no_spool_is_called_so(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(SpoolUnusable):
        Spool(tmp_path)

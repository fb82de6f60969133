"""The producer beside what one would write with faker, json, aws_kinesis_agg and boto3.

All rates are per second of one core's CPU time, medians of interleaved rounds. Both sides of a row work
on the same kind and size of events, and what they made is compared before anything is timed.
`python -m tests.benchmarks producer`
"""

import gc
import os
import statistics
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import boto3
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records

from producer.aggregation import UserRecord, pack, unpack
from producer.connection import connect
from producer.draft import EventDraft, Numberer
from producer.journal import Journal
from producer.manifest import start_run
from producer.record import Record
from producer.simulator import ShopSettings, simulate
from producer.stream import OrderStream, StreamSettings
from tests.benchmarks.comparison import Comparison
from tests.benchmarks.endless_run import NullStore
from tests.benchmarks.producer_peers import START, Faked, Pooled

ROUNDS: Final = 11
EVENTS: Final = 20_000
WARM_UP: Final = 15_000
FAKER_EVENTS: Final = 1_000
MEMORY_EVENTS: Final = int(os.environ.get("ORDERLAKE_BENCH_EVENTS", "400000"))


def _drafts() -> Iterator[EventDraft]:
    """The simulator's, once as many orders end as begin."""
    return islice(simulate(ShopSettings(seed=7, start=START, events_per_second=20)), WARM_UP, None)


def serialised() -> Iterator[tuple[int, bytes]]:
    """Their sequences and the events."""
    return map(Numberer("benchmark").number, _drafts())


def simulated() -> Iterator[Record]:
    """What is handed to the stream."""
    number = Numberer("benchmark").number
    for draft in _drafts():
        sequence, data = number(draft)
        yield Record(sequence, draft.partition_key, data, draft.event_type)


def _generation() -> list[Comparison]:
    ours, pooled, faked = serialised(), Pooled().events(), Faked().events()
    sizes = [
        statistics.mean(len(event) for event in islice(source, EVENTS))
        for source in ((data for _, data in ours), pooled)
    ]
    assert abs(sizes[0] / sizes[1] - 1) < 0.05, f"events differ in size: {sizes}"
    mine, pools = _paired(lambda: _consume(ours, EVENTS), lambda: _consume(pooled, EVENTS))
    fake_seconds = _seconds(lambda: _consume(faked, FAKER_EVENTS))
    fakes = FAKER_EVENTS / fake_seconds
    return [
        _row("generate + serialise, beside pools + json", EVENTS / mine, EVENTS / pools, "≥ 1.7"),
        _row("generate + serialise, beside faker per event", EVENTS / mine, fakes, "reported"),
    ]


def _aggregation() -> list[Comparison]:
    parts: list[UserRecord] = []
    size = 0
    for record in simulated():
        size += len(record.data) + len(record.partition_key) + 16
        if size > 1_000_000:
            break
        parts.append(UserRecord(record.partition_key, None, record.data))

    def their_pack() -> bytes:
        aggregator = RecordAggregator()
        for part in parts:
            assert aggregator.add_user_record(part.partition_key, part.data) is None
        contents: bytes = aggregator.clear_and_get().get_contents()[2]
        return contents

    text = b64encode(pack(parts)).decode()
    place = {"kinesisSchemaVersion": "1.0", "sequenceNumber": "1", "approximateArrivalTimestamp": 1.0}
    lambda_record = {"kinesis": {**place, "partitionKey": "a", "data": text}}

    def our_unpack() -> list[UserRecord]:
        found = unpack(b64decode(text), "a")
        assert isinstance(found, list)
        return found

    def their_unpack() -> list[tuple[str, bytes]]:
        found = (record["kinesis"] for record in deaggregate_records([lambda_record]))
        return [(record["partitionKey"], b64decode(record["data"])) for record in found]

    expected = [(part.partition_key, part.data) for part in parts]
    assert [(part.partition_key, part.data) for part in our_unpack()] == their_unpack() == expected
    found = unpack(their_pack(), "a")
    assert isinstance(found, list)
    assert [(part.partition_key, part.data) for part in found] == expected
    packing = _paired(lambda: pack(parts), their_pack)
    unpacking = _paired(our_unpack, their_unpack)
    count = len(parts)
    return [
        _row("aggregate 1 MB, beside aws_kinesis_agg", count / packing[0], count / packing[1], "≥ 2.3"),
        _row(
            "de-aggregate with base64 and MD5, beside aws_kinesis_agg",
            count / unpacking[0],
            count / unpacking[1],
            "≥ 2.3",
        ),
    ]


def _sending() -> list[Comparison]:
    made = list(islice(simulated(), EVENTS))
    run = start_run(producer_id="benchmark", command="benchmark", stream_name="orders", started_at=START)
    with null_server() as endpoint:
        session = boto3.Session("none", "none", region_name="us-east-1")
        client = connect(session, endpoint_url=endpoint)
        plain = session.client("kinesis", endpoint_url=endpoint)

        def ours() -> int:
            journal = Journal(NullStore(), run)
            stream = OrderStream(
                client, StreamSettings(stream_name="orders"), on_acknowledged=journal.acknowledge
            )
            for record in made:
                stream.put_record(record)
            stream.flush()
            return stream.stats.records

        def peer() -> int:
            taken = 0
            for first in range(0, len(made), 500):
                pending = [
                    {"Data": record.data, "PartitionKey": record.partition_key}
                    for record in made[first : first + 500]
                ]
                while pending:
                    answer = plain.put_records(StreamName="orders", Records=pending)  # type: ignore[arg-type]
                    taken += len(pending) - answer["FailedRecordCount"]
                    pending = [
                        entry
                        for entry, result in zip(pending, answer["Records"], strict=True)
                        if "ErrorCode" in result
                    ]
            return taken

        assert ours() == peer() == len(made)
        mine, theirs = _paired(ours, peer)
    return [_row("send to a null server, beside put_records of 500", EVENTS / mine, EVENTS / theirs, "≥ 1.5")]


@contextmanager
def null_server() -> Iterator[str]:
    """A process that takes every record and keeps none."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.null_server"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _memory(kind: str) -> Comparison:
    """Resident MiB after all events beside after a fifth of them: 80,000, when shop and buffers are full."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.endless_run", str(MEMORY_EVENTS), kind],
        check=True,
        capture_output=True,
        text=True,
    )
    early, late = (float(line) for line in done.stdout.split())
    step = f"memory over {MEMORY_EVENTS:,} events, spool {'on' if kind == 'spool' else 'off'}"
    return Comparison(step, "MiB", late, early, late / early, "≤ 1.1")


def _consume(source: Iterator[Any], count: int) -> None:
    for _ in islice(source, count):
        pass


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def _paired(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(mine for mine, _ in pairs), statistics.median(theirs for _, theirs in pairs)


def _row(step: str, ours: float, peer: float, goal: str) -> Comparison:
    return Comparison(step, "events/s", ours, peer, ours / peer, goal)


def measure() -> list[Comparison]:
    """Every step of the producer beside its peer."""
    return [*_generation(), *_aggregation(), *_sending(), _memory("none"), _memory("spool")]

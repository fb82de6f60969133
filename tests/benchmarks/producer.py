"""The producer beside what one would write with faker, json, aws_kinesis_agg and boto3.

All rates are per second of one core's CPU time, medians of interleaved rounds. Both sides of a row work
on the same kind and size of events, and what they made is compared before anything is timed.
`python -m tests.benchmarks producer`
"""

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import boto3
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records
from faker import Faker

from producer.aggregation import UserRecord, pack, unpack
from producer.connection import connect
from producer.draft import EventDraft, Numberer
from producer.journal import Journal
from producer.manifest import start_run
from producer.record import Record
from producer.simulator import ShopSettings, simulate
from producer.stream import OrderStream, StreamSettings
from tests.benchmarks.comparison import Comparison

START: Final = datetime(2026, 11, 23, tzinfo=UTC)
ROUNDS: Final = 5
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


class Pooled:
    """Events of the same kinds as one writes them with pools of faked values and the standard json."""

    def __init__(self) -> None:
        faker = Faker("en_GB")
        faker.seed_instance(7)
        self._random = random.Random(7)
        self._products = [
            (str(20_000 + n * 7), f"{faker.color_name()} Mug", "kitchen", n % 40 * 100 + 95)
            for n in range(150)
        ]
        self._customers = [(str(10_000 + n), faker.country()) for n in range(5_000)]
        self._sequence = 0

    def order(self) -> Iterator[bytes]:
        """An order's four events."""
        rng = self._random
        order_id = f"W12345678-{self._sequence:07d}"
        customer, country = rng.choice(self._customers)
        lines: list[dict[str, Any]] = []
        pence = 0
        for number in range(1, 2 + min(19, int(rng.expovariate(0.5)))):
            sku, description, category, price = rng.choice(self._products)
            quantity = rng.choice((1, 1, 2, 3, 6))
            lines.append(
                {
                    "line_number": number,
                    "sku": sku,
                    "description": description,
                    "category": category,
                    "quantity": quantity,
                    "unit_price": f"{price // 100}.{price % 100:02d}",
                }
            )
            pence += quantity * price
        total = f"{pence // 100}.{pence % 100:02d}"
        order = {"order_id": order_id, "customer_id": customer, "country": country, "currency": "GBP"}
        yield self.event("order_placed", order | {"channel": "web", "lines": lines, "total": total})
        yield self.event("order_paid", {"order_id": order_id, "amount": total, "currency": "GBP"})
        yield self.event("order_shipped", {"order_id": order_id})
        yield self.event("order_delivered", {"order_id": order_id})

    def event(self, event_type: str, payload: dict[str, object]) -> bytes:
        self._sequence += 1
        moment = START + timedelta(milliseconds=self._sequence)
        document = {
            "event_id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "schema_version": 2,
            "occurred_at": moment.isoformat().replace("+00:00", "Z"),
            "producer_id": "benchmark",
            "sequence": self._sequence,
            "event_type": event_type,
            "payload": payload,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def events(self) -> Iterator[bytes]:
        while True:
            yield from self.order()


class Faked(Pooled):
    """The same with faker asked for every field of every event."""

    def __init__(self) -> None:
        super().__init__()
        self._faker = Faker("en_GB")

    def event(self, event_type: str, payload: dict[str, object]) -> bytes:
        fake = self._faker
        if "lines" in payload:
            payload |= {"customer_id": str(fake.random_number(5)), "country": fake.country()}
            for line in payload["lines"]:  # type: ignore[attr-defined]
                line |= {"description": f"{fake.color_name()} {fake.word()}", "sku": fake.bothify("#####?")}
        self._sequence += 1
        document = {
            "event_id": fake.uuid4(),
            "schema_version": 2,
            "occurred_at": fake.date_time(tzinfo=UTC).isoformat(),
            "producer_id": "benchmark",
            "sequence": self._sequence,
            "event_type": event_type,
            "payload": payload,
        }
        return json.dumps(document, separators=(",", ":")).encode()


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
        _row("generate + serialise, beside faker per event", EVENTS / mine, fakes, "≥ 25"),
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


class _NoStore:
    def put(self, key: str, body: bytes) -> None:
        """Forget it."""


def _sending() -> list[Comparison]:
    made = list(islice(simulated(), EVENTS))
    run = start_run(producer_id="benchmark", command="benchmark", stream_name="orders", started_at=START)
    with _null_server() as endpoint:
        session = boto3.Session("none", "none", region_name="us-east-1")
        client = connect(session, endpoint_url=endpoint)
        plain = session.client("kinesis", endpoint_url=endpoint)

        def ours() -> int:
            journal = Journal(_NoStore(), run)
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


NULL_SERVER: Final = """
import json, re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHARDS = [{"ShardId": f"shardId-{n:012d}", "SequenceNumberRange": {"StartingSequenceNumber": "1"},
           "HashKeyRange": {"StartingHashKey": str(n * 2**127), "EndingHashKey": str((n + 1) * 2**127 - 1)}}
          for n in range(2)]

KEY = b'"[^"]*"'
ENTRY = re.compile(
    b'"Data": ?' + KEY + b', ?"PartitionKey": ?' + KEY + b'(?:, ?"ExplicitHashKey": ?"([0-9]+)")?')

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["X-Amz-Target"].endswith("ListShards"):
            answer = {"Shards": SHARDS}
        else:
            hashes = ENTRY.findall(body)
            shards = [SHARDS[int(h or 0) // 2**127]["ShardId"] for h in hashes]
            taken = [{"SequenceNumber": "49", "ShardId": shard} for shard in shards]
            answer = {"FailedRecordCount": 0, "Records": taken}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def _null_server() -> Iterator[str]:
    """A process that takes every record and keeps none."""
    child = subprocess.Popen([sys.executable, "-c", NULL_SERVER], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


MEMORY: Final = """
import sys, tempfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from producer.journal import Journal
from producer.manifest import start_run
from producer.run import send
from producer.simulator import ShopSettings, simulate
from producer.spool import Spool
from producer.stream import OrderStream, StreamSettings

events, with_spool = int(sys.argv[1]), sys.argv[2] == "spool"

class Null:
    def put_records(self, StreamName, Records):
        return {"FailedRecordCount": 0, "Records": [{"ShardId": "shard"} for _ in Records]}
    def list_shards(self, **_):
        hash_keys = {"StartingHashKey": "0"}
        return {"Shards": [{"ShardId": "shard", "HashKeyRange": hash_keys, "SequenceNumberRange": {}}]}

class NoStore:
    def put(self, key, body): pass

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

start = datetime.now(UTC)
run = start_run(producer_id="p", command="c", stream_name="s", started_at=start)
with tempfile.TemporaryDirectory() as folder:
    spool = Spool(Path(folder)) if with_spool else None
    if spool: spool.begin(run)
    journal = Journal(NoStore(), run)
    settings = StreamSettings(stream_name="s")
    stream = OrderStream(Null(), settings, on_acknowledged=journal.acknowledge, spool=spool)
    drafts = simulate(ShopSettings(seed=1, start=start, events_per_second=10_000))
    def watched():
        for number, draft in enumerate(islice(drafts, events), start=1):
            if number == events // 5: print(resident())
            yield draft
    report = send(watched(), stream, journal)
    assert report.acknowledged == events
    print(resident())
"""


def _memory(kind: str) -> Comparison:
    """Resident MiB after all events beside after a fifth of them: 80,000, when shop and buffers are full."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(MEMORY_EVENTS), kind], check=True, capture_output=True, text=True
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

"""The embedded Kinesis beside stock moto: PutRecords of 500 records of 500 bytes through boto3, two shards.

Each side serves from a process of its own. Every record must be there afterwards.
`python -m tests.benchmarks.kinesis`
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from tests.benchmarks.comparison import Comparison

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

BATCH: Final = 500
SIZE: Final = 500
BATCHES: Final = 8
ROUNDS: Final = 4
EARLY: Final = 5_000
LATE: Final = 200_000
PEER_LATE: Final = 10_000  # stock moto would need minutes for more

OURS: Final = """
import sys
from infra.local.server import EmbeddedAws
with EmbeddedAws() as aws:
    print(aws.endpoint_url, flush=True)
    sys.stdin.read()
"""
STOCK_MOTO: Final = """
import logging, sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(f"http://127.0.0.1:{server.port}", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"""


class Side:
    """One server, its stream and what was put into it."""

    def __init__(self, client: "KinesisClient") -> None:
        self._client = client
        self._put = 0
        client.create_stream(StreamName="orders", ShardCount=2)
        self._entries: Any = [
            {"Data": bytes([number % 256]) * SIZE, "PartitionKey": f"order-{number}"}
            for number in range(BATCH)
        ]

    def begin_anew(self) -> None:
        """An empty stream."""
        self._client.delete_stream(StreamName="orders")
        self._client.create_stream(StreamName="orders", ShardCount=2)
        self._put = 0

    def put_batch(self) -> float:
        """Seconds that one PutRecords took."""
        began = time.perf_counter()
        answer = self._client.put_records(StreamName="orders", Records=self._entries)
        if answer["FailedRecordCount"]:
            raise AssertionError("records failed")
        self._put += BATCH
        return time.perf_counter() - began

    def fill(self, total: int) -> None:
        while self._put < total:
            self.put_batch()

    def check(self) -> None:
        """Every record that was put is read back."""
        found = sum(self._count(f"shardId-{shard:012d}") for shard in range(2))
        if found != self._put:
            raise AssertionError(f"{self._put} records were put and {found} found")

    def _count(self, shard_id: str) -> int:
        iterator = self._client.get_shard_iterator(
            StreamName="orders", ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = 0
        while records := (answer := self._client.get_records(ShardIterator=iterator))["Records"]:
            found += len(records)
            iterator = answer["NextShardIterator"]
        return found


@contextmanager
def serving(program: str) -> Iterator[Side]:
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        client = boto3.client(
            "kinesis",
            endpoint_url=process.stdout.readline().strip(),
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )
        yield Side(client)
        client.close()
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def measure() -> list[Comparison]:
    """Rates of a young and of an old stream, a server each, taken in turn batch by batch; about a minute."""
    with (
        serving(OURS) as our_young,
        serving(OURS) as our_old,
        serving(STOCK_MOTO) as peer_young,
        serving(STOCK_MOTO) as peer_old,
    ):
        our_old.fill(LATE)
        peer_old.fill(PEER_LATE)
        seconds: dict[Side, list[float]] = {our_young: [], our_old: [], peer_young: [], peer_old: []}
        for _ in range(ROUNDS):
            for young in (our_young, peer_young):
                young.begin_anew()
                young.fill(EARLY)
            for _ in range(BATCHES):
                for side, taken in seconds.items():
                    taken.append(side.put_batch())
        for side in (our_young, our_old, peer_young, peer_old):
            side.check()
    early, late, peer_early, peer_late = (BATCH / statistics.median(taken) for taken in seconds.values())
    goal = "ours ≥ 12,000/s"
    return [
        Comparison(f"put after {EARLY:,} records", "records/s", early, peer_early, early / peer_early, goal),
        Comparison(
            f"put after {LATE:,} records (peer {PEER_LATE:,})",
            "records/s",
            late,
            peer_late,
            late / peer_late,
            goal,
        ),
        Comparison(
            "rate of the old stream by the young one's",
            "",
            late / early,
            peer_late / peer_early,
            late / early,
            "≥ 0.9",
        ),
    ]


def main() -> None:
    for row in measure():
        sys.stdout.write(
            f"{row.step:45} {row.ours:12,.2f} {row.peer:12,.2f} {row.unit:10} {row.ratio:6.2f}  {row.goal}\n"
        )


if __name__ == "__main__":
    main()

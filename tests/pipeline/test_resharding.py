"""A shard split and merged under load: nothing is lost, nothing stays behind, no key out of order."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RATE = 300
SECONDS = 16


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline whose first shard was split, and whose halves were merged, while orders came in."""
    with running_pipeline() as running:
        load = subprocess.Popen(
            [
                *(sys.executable, "-m", "orderlake", "produce"),
                *("--rate", str(RATE), "--duration", str(SECONDS), "--seed", "5", "--format", "json"),
            ],
            env=running.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(5)
        reshard(running)
        assert load.wait(120) == 0
        yield running


def reshard(pipeline: Pipeline) -> None:
    kinesis = pipeline.aws.session.client("kinesis")
    stream = pipeline.aws.stack.stream_name
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]
    low = int(shard["HashKeyRange"]["StartingHashKey"])
    high = int(shard["HashKeyRange"]["EndingHashKey"])
    kinesis.split_shard(
        StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str((low + high) // 2)
    )
    time.sleep(4)
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    lower, upper = [one["ShardId"] for one in shards if one.get("ParentShardId") == shard["ShardId"]]
    kinesis.merge_shards(StreamName=stream, ShardToMerge=lower, AdjacentShardToMerge=upper)


def test_the_audit_balances(pipeline: Pipeline) -> None:
    facts = pipeline.audit("bronze")

    assert facts["producer → stream", "acknowledged"] >= RATE * SECONDS * 0.8
    assert facts["producer → stream", "missing"] == 0
    assert facts["stream → lake", "in flight"] == 0
    assert facts["stream → lake", "bronze"] == facts["producer → stream", "acknowledged"]


def test_parents_and_children_and_the_merged_shard_all_held_orders(pipeline: Pipeline) -> None:
    rows = pipeline.rows("SELECT shard_id, count(*) AS n FROM bronze_order_events GROUP BY shard_id")

    assert len(rows) == 5
    assert min(row["n"] for row in rows) > 0


def test_no_order_was_processed_out_of_order(pipeline: Pipeline) -> None:
    """A child is read after its parent: by order id, ingestion never runs against the run's sequence."""
    (row,) = pipeline.rows(
        "SELECT count(*) AS n FROM bronze_order_events AS a JOIN bronze_order_events AS b "
        "ON a.partition_key = b.partition_key AND a.producer_id = b.producer_id "
        "WHERE a.shard_id <> b.shard_id AND a.sequence < b.sequence AND a.ingested_at > b.ingested_at"
    )

    assert row["n"] == 0

"""A reshard in mid-run, with AWS's limits: nothing is lost and every order keeps its order."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(enforce_limits=True) as running:
        yield running


def test_nothing_is_lost_and_silver_has_the_order_of_production(pipeline: Pipeline) -> None:
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "orderlake", "produce", "--rate", "3000", "--duration", "12"),
            *("--seed", "3", "--no-aggregation", "--format", "json"),
        ],
        env=pipeline.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    time.sleep(6)
    pipeline.aws.session.client("kinesis").update_shard_count(
        StreamName=pipeline.aws.stack.stream_name, TargetShardCount=4, ScalingType="UNIFORM_SCALING"
    )
    out, _ = child.communicate(timeout=120)
    (report,) = json.loads(out)
    assert child.returncode == 0
    assert report["acknowledged"] == report["produced"] > 30_000
    assert report["throttled"] > 0

    facts = pipeline.audit("bronze", wait=180)
    assert facts["producer → stream", "arrived"] == report["produced"]
    pipeline.run_jobs(["silver"])
    rows = pipeline.rows(
        "SELECT e.order_id, e.event_type, b.sequence"
        " FROM silver_order_events e JOIN bronze_order_events b ON e.event_id = b.event_id"
        " WHERE e.order_id IS NOT NULL ORDER BY e.order_id, e.occurred_at, b.sequence LIMIT 20000"
    )
    orders: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        orders[row["order_id"]].append(row["sequence"])
    assert len(orders) > 1_000
    assert all(sequences == sorted(sequences) for sequences in orders.values())

"""`orderlake status` on a running pipeline: before anything happened, after it did, after it went wrong."""

import json
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from orderlake.status.screen import WIDTH
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = pytest.mark.slow
EVENTS, BROKEN = 200, 4


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        yield running


def test_a_stack_is_well_until_a_job_fails(pipeline: Pipeline) -> None:
    fresh = pipeline.orderlake("status")
    assert "✓ nothing is wrong" in fresh
    assert "orderlake job silver --wait" in " ".join(fresh.split())

    pipeline.orderlake("produce", "--records", str(EVENTS), "--seed", "3")
    kinesis, stack = pipeline.aws.session.client("kinesis"), pipeline.aws.stack
    kinesis.put_records(
        StreamName=stack.stream_name,
        Records=[{"Data": b"no event", "PartitionKey": str(n)} for n in range(BROKEN)],
    )
    pipeline.audit("bronze")
    pipeline.run_jobs()

    found = json.loads(pipeline.orderlake("status", "--format", "json"))
    assert found["problems"] == []
    assert len(found["lag"]) == 2
    assert sum(row["events"] for row in found["lag"]) == EVENTS
    assert all(row["longest_seconds"] >= 0 for row in found["lag"] if row["events"])
    assert {row["layer"] for row in found["freshness"] if row["fresh_at"]} == {
        "bronze",
        "quarantine",
        "silver",
        "gold",
    }
    assert {row["job"]: row["state"] for row in found["jobs"]} == {
        stack.jobs[name]: "SUCCEEDED" for name in ("silver", "gold")
    }
    assert {row["state"] for row in found["alarms"]} <= {"OK", "INSUFFICIENT_DATA"}
    assert [(row["reason"], row["records"]) for row in found["quarantine"]] == [("not_json", BROKEN)]
    assert all(datetime.fromisoformat(row["last_rejected_at"]).tzinfo for row in found["quarantine"])
    assert {row["ledger"]: row["expected"] for row in found["ledger"]} == {
        "producer": EVENTS,
        "silver": EVENTS,
        "stream": sum(row["found"] for row in found["ledger"] if row["ledger"] == "stream"),
    }
    counts = {row["flow"]: row["count"] for row in found["rates"]}
    assert (counts["events accepted"], counts["events rejected"]) == (EVENTS, BROKEN)

    break_gold(pipeline)
    screen = pipeline.orderlake("status", exit_code=1)
    assert f"✗ job {stack.jobs['gold']} ended FAILED" in " ".join(screen.split())
    assert max(map(len, screen.splitlines())) <= WIDTH


def break_gold(pipeline: Pipeline) -> None:
    glue, name = pipeline.aws.session.client("glue"), pipeline.aws.stack.jobs["gold"]
    run = glue.start_job_run(JobName=name, Arguments={"--stack-parameter": "/nowhere"})["JobRunId"]
    while glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"] != "FAILED":
        time.sleep(0.2)

"""Records that no producer of ours sent: each a quarantine row with its reason, and the shard moves on."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from producer.aggregation import MAGIC, UserRecord, pack
from tests.embedded_pipeline import Pipeline, running_pipeline

COPIES = 25


def event(**changes: Any) -> dict[str, Any]:
    """A valid event of a foreign producer."""
    document: dict[str, Any] = {
        "event_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
        "event_type": "order_paid",
        "schema_version": 1,
        "occurred_at": "2026-11-23T08:00:00Z",
        "producer_id": "stranger",
        "sequence": 1,
        "payload": {"order_id": "o-1", "amount": "12.50", "currency": "GBP"},
    }
    return {**document, **changes}


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def bad_records() -> list[tuple[str, bytes]]:
    """(reason, bytes), 200 in all, every one different."""
    records: list[tuple[str, bytes]] = []
    for n in range(COPIES):
        good = pack([UserRecord(f"k{n}", None, encoded(event(sequence=n + 1)))])
        records += [
            ("not_utf8", bytes([0xFF, 0xFE, n, 0x80])),
            ("not_json", encoded(event(sequence=n + 1))[:-20]),
            ("invalid_type", encoded(event(sequence=n + 1, payload={**event()["payload"], "order_id": n}))),
            ("unknown_schema_version", encoded(event(sequence=n + 1, schema_version=99))),
            (
                "invalid_money",
                encoded(event(sequence=n + 1, payload={**event()["payload"], "amount": "NaN"})),
            ),
            ("aggregate_checksum_mismatch", MAGIC + bytes([n]) + good[len(MAGIC) :]),
            ("unknown_event_type", encoded(event(sequence=n + 1, event_type="order_teleported"))),
            ("naive_time", encoded(event(sequence=n + 1, occurred_at="2026-11-23T08:00:00"))),
        ]
    return records


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline that got 200 bad records and one aggregate of ten, of which one is bad."""
    parts = [
        UserRecord(
            f"part-{n}", None, encoded(event(event_id=f"7d444840-9dc0-11d1-b245-{n:012d}", sequence=1000 + n))
        )
        for n in range(10)
    ]
    parts[4] = parts[4]._replace(data=b"[]")
    with running_pipeline() as running:
        kinesis = running.aws.session.client("kinesis")
        stream = running.aws.stack.stream_name
        answer = kinesis.put_records(
            StreamName=stream,
            Records=[{"Data": data, "PartitionKey": f"bad-{n}"} for n, (_, data) in enumerate(bad_records())],
        )
        assert answer["FailedRecordCount"] == 0
        kinesis.put_record(StreamName=stream, Data=pack(parts), PartitionKey="aggregate")
        running.audit("bronze")
        yield running


def test_each_is_in_quarantine_with_its_reason(pipeline: Pipeline) -> None:
    rows = pipeline.rows("SELECT reason, raw_base64 FROM quarantine_events")

    found = Counter((row["reason"], base64.b64decode(row["raw_base64"])) for row in rows)
    assert found == Counter([*bad_records(), ("not_an_object", b"[]")])


def test_good_sub_records_beside_a_bad_one_are_in_bronze(pipeline: Pipeline) -> None:
    rows = pipeline.rows("SELECT sequence FROM bronze_order_events ORDER BY sequence")

    assert [row["sequence"] for row in rows] == [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009]


def test_they_are_counted_as_foreign_and_the_ledgers_balance(pipeline: Pipeline) -> None:
    facts = pipeline.audit("bronze")

    assert facts["producer → stream", "foreign"] == 210
    assert facts["stream → lake", "quarantine"] == 201


def test_the_shard_moves_on(pipeline: Pipeline) -> None:
    pipeline.orderlake("produce", "--records", "50", "--seed", "1")

    assert pipeline.audit("bronze")["producer → stream", "missing"] == 0

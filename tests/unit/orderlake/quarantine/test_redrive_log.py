"""Rows of quarantine_redrives, one object per answer of the stream."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import yaml

import sql
from glue.erasure import NOBODY
from orderlake.quarantine.plan import plan
from orderlake.quarantine.records import LostRecord
from orderlake.quarantine.redrive import Reason, RedriveLog
from producer.contract import CURRENT_SCHEMA_VERSION, OrderShipped, encode
from producer.contract_payloads import OrderShippedPayload
from producer.stream import Record

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Bucket:
    """The part of S3 that is written to."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803
        self.objects[f"{Bucket}/{Key}"] = Body


def lost(n: int) -> LostRecord:
    event = OrderShipped(
        event_id=UUID(int=n),
        schema_version=CURRENT_SCHEMA_VERSION,
        occurred_at=NOW,
        producer_id="shop",
        sequence=n,
        payload=OrderShippedPayload(order_id=f"o-{n}"),
    )
    return LostRecord("on-failure", f"id-{n}", "RetryAttemptsExhausted", NOW, encode(event))


def written(*sequences: int) -> dict[str, list[dict[str, Any]]]:
    bucket = Bucket()
    planned = list(plan([lost(1), lost(2), lost(3)], None, NOBODY))
    log = RedriveLog(
        bucket, "lake", "audit/", planned, Reason(None, None, "arn:aws:iam::1:user/x"), lambda: NOW
    )
    log.write("redrive-1", [Record(n, f"o-{n}", b"", "order_shipped") for n in sequences])
    return {key: [orjson.loads(line) for line in body.splitlines()] for key, body in bucket.objects.items()}


def test_a_row_names_the_record_that_its_sequence_was_planned_for() -> None:
    ((key, rows),) = written(3, 2).items()

    assert key == "lake/audit/redrives/redriven_hour=2026-01-02-03/redrive-1-000000002.json"
    assert [(row["sequence"], row["origin_id"]) for row in rows] == [(3, "id-3"), (2, "id-2")]


def test_a_row_has_the_tables_columns() -> None:
    ((_, (row,)),) = written(1).items()
    columns = yaml.safe_load(sql.schema("quarantine_redrives"))["columns"]

    assert list(row) == [column["name"] for column in columns]
    assert row["redriven_at"] == int(NOW.timestamp() * 1_000_000)


def test_objects_lie_where_the_table_looks() -> None:
    ((key, _),) = written(1).items()

    assert key.startswith(f"lake/{yaml.safe_load(sql.schema('quarantine_redrives'))['location']}")

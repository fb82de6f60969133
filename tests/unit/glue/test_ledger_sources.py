"""Where the ledger finds records: hand-written objects, some of which nobody can read."""

import base64
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue.ledger.sources import Sources
from glue.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = int(NOON.timestamp() * 1_000_000)
SETTINGS = Settings(
    region="eu-west-2",
    shop_timezone="Europe/London",
    lake_bucket="lake",
    bronze_prefix="bronze/",
    quarantine_prefix="quarantine/",
    checkpoints_prefix="checkpoints/",
    database="db",
    workgroup="w",
    stream_name="orders",
)


@dataclass
class Lake:
    """The objects of a bucket, as S3 and as bronze."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get_paginator(self, _: str) -> "Lake":
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        keys = [key for key in self.objects if key.startswith(asked["Prefix"])]
        return [{"Contents": [{"Key": key, "LastModified": NOON} for key in keys]}]

    def get_object(self, **asked: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[asked["Key"]])}

    def since(self, _: str) -> Iterator[Any]:
        return (SimpleNamespace(key=key) for key in self.objects if key.startswith("bronze/"))

    def places(self) -> list[tuple[str, str]]:
        sources = Sources(cast("Any", self), cast("Any", None), cast("Any", self), SETTINGS)
        return [(record.place, record.sequence_number) for record in sources.lake(NOON)]


def row(number: str, **changes: Any) -> dict[str, Any]:
    return {
        "stream_name": "orders",
        "shard_id": "shardId-0",
        "sequence_number": number,
        "sub_sequence_number": 0,
        "arrived_at": AT,
        "producer_id": "p",
        "sequence": 1,
        **changes,
    }


def parquet(*rows: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


def quarantined(*rows: dict[str, Any]) -> bytes:
    return gzip.compress("\n".join(json.dumps({**one, "reason": "not_json"}) for one in rows).encode())


def given_up(**changes: Any) -> bytes:
    place = {
        "sequenceNumber": "7",
        "approximateArrivalTimestamp": AT / 1_000_000,
        "data": base64.b64encode(b"{}").decode(),
        **changes,
    }
    batch = {"streamArn": "arn:aws:kinesis:x:y:stream/orders", "shardId": "shardId-0"}
    return json.dumps(
        {"KinesisBatchInfo": batch, "payload": json.dumps({"Records": [{"kinesis": place}]})}
    ).encode()


def undelivered(*rows: dict[str, Any]) -> bytes:
    raw = "".join(json.dumps(one) for one in rows).encode()
    return json.dumps({"rawData": base64.b64encode(raw).decode()}).encode() + b"\n"


def test_a_record_is_found_wherever_it_came_to_rest() -> None:
    lake = Lake(
        {
            "bronze/a": parquet(row("1"), row("2")),
            "quarantine/a": quarantined(row("3")),
            "aws/lambda/a": given_up(),
            "delivery-failed/a": undelivered(row("8"), row("9")),
        }
    )
    assert lake.places() == [
        ("bronze", "1"),
        ("bronze", "2"),
        ("quarantine", "3"),
        ("given_up", "7"),
        ("delivery_failed", "8"),
        ("delivery_failed", "9"),
    ]


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("bronze/b", b""),
        ("bronze/b", parquet(row("4"))[:-40]),
        ("bronze/b", parquet({"colour": "red"})),
        ("bronze/b", parquet(row("4", arrived_at="noon"))),
        ("bronze/b", parquet(row("4", shard_id=None))),
        ("quarantine/b", b"no gzip"),
        ("quarantine/b", quarantined(row("4"))[:-9]),
        ("quarantine/b", gzip.compress(b"{")),
        ("aws/lambda/b", b"{}"),
        ("aws/lambda/b", given_up(approximateArrivalTimestamp=None)),
        ("delivery-failed/b", b"junk\n"),
        ("delivery-failed/b", undelivered({"colour": "red"})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_can_read_is_passed_over_and_the_rest_is_found(key: str, body: bytes) -> None:
    lake = Lake({"bronze/a": parquet(row("1")), key: body, f"{key}-later": b""})
    lake.objects["quarantine/c"] = quarantined(row("3"))

    assert lake.places() == [("bronze", "1"), ("quarantine", "3")]

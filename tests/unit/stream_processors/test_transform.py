"""order_transform: the same verdicts as order_ingest's, in the form that Firehose wants."""

import importlib
import io
import itertools
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from producer.aggregation import UserRecord, pack
from stream_processors.errors import DeliveryRefusedError, NotDeliveredError, SettingsError, UnknownEventError
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.services import Clock, Services
from stream_processors.order_ingest.settings import JudgeSettings
from stream_processors.order_transform.returned import MAX_DATA_BYTES, Returned
from tests.shared_data import SHARED
from tests.unit.stream_processors.conftest import ENVIRONMENT, SETTINGS
from tests.unit.stream_processors.fakes import (
    FakeFirehose,
    FakeParameters,
    FakeS3,
    FakeTime,
    call_failed,
    documents,
    every_record,
    raising,
)
from tests.unit.stream_processors.invocation import Context
from tests.unit.stream_processors.samples import encoded, order_paid, order_placed

GOOD = encoded(order_paid())
_services = itertools.count()


def transformation_event(records: Sequence[bytes]) -> dict[str, Any]:
    """A batch as Firehose hands it to its processor."""
    return {
        "invocationId": "2b4d1ad9-2f48-94bd-a088-767c317e994a",
        "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/orderlake-dev-bronze",
        "region": "us-east-1",
        "records": [
            {
                "recordId": f"{place}000000",
                "approximateArrivalTimestamp": 1_767_225_600_125,
                "data": b64encode(data).decode(),
            }
            for place, data in enumerate(records, 1)
        ],
    }


class Transform:
    """The composed function with everything outside it faked."""

    def __init__(self, module: Any) -> None:
        self.firehose, self.s3, self.time = FakeFirehose(), FakeS3(), FakeTime()
        self.parameters = FakeParameters()
        self.log = io.StringIO()
        self._handle = module.make_handler(
            JudgeSettings.from_environment(SETTINGS),
            Services(self.firehose, lambda: self.s3, lambda: self.parameters),
            logger=Logger(service=f"order-transform-{next(_services)}", stream=self.log),
            clock=Clock(lambda: 1_767_225_601.0, self.time.sleep, lambda longest: longest),
        )

    def __call__(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._handle(event, Context(self.time))["records"]
        return records


@pytest.fixture
def transform(monkeypatch: pytest.MonkeyPatch) -> Transform:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return Transform(importlib.import_module("stream_processors.order_transform.handler"))


def aggregate(*parts: bytes) -> bytes:
    return pack([UserRecord("o-1", None, part) for part in parts])


def rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    return list(documents(b64decode(record["data"])))


def test_good_records_come_back_as_bronze_and_bad_ones_are_dropped_into_quarantine(
    transform: Transform,
) -> None:
    answer = transform(transformation_event([GOOD, b"junk", aggregate(GOOD, b"more junk", GOOD)]))
    assert [(one["recordId"], one["result"]) for one in answer] == [
        ("1000000", "Ok"),
        ("2000000", "Dropped"),
        ("3000000", "Ok"),
    ]
    assert [row["sub_sequence_number"] for row in rows(answer[2])] == [0, 2]
    assert [
        (row["sequence_number"], row["sub_sequence_number"], row["reason"])
        for row in transform.firehose.rows("quarantine")
    ] == [("2000000", 0, "not_json"), ("3000000", 1, "not_json")]


def test_a_row_says_where_the_event_came_in(transform: Transform) -> None:
    [record] = transform(transformation_event([GOOD]))
    [row] = rows(record)
    assert (row["stream_name"], row["shard_id"]) == ("orderlake-dev-bronze", "direct")
    assert (row["sequence_number"], row["sub_sequence_number"]) == ("1000000", 0)
    assert row["arrived_at"] == 1_767_225_600_125_000
    assert row["ingested_at"] == 1_767_225_601_000_000


def test_what_cannot_be_put_into_quarantine_is_not_acknowledged(transform: Transform) -> None:
    transform.time.seconds_left = 2
    transform.firehose.always["quarantine"] = every_record
    with pytest.raises(NotDeliveredError, match="ServiceUnavailableException"):
        transform(transformation_event([GOOD, b"junk"]))


def test_a_batch_without_a_key_for_personal_data_is_tried_again(transform: Transform) -> None:
    transform.parameters.failure = call_failed("ThrottlingException")
    event = transformation_event([encoded(order_placed(customer={"email": "a@example.org"}))])
    with pytest.raises(NotDeliveredError, match="ThrottlingException"):
        transform(event)


def test_a_stream_that_refuses_for_good_fails_the_invocation(transform: Transform) -> None:
    transform.firehose.always["quarantine"] = raising(call_failed("AccessDeniedException"))
    with pytest.raises(DeliveryRefusedError):
        transform(transformation_event([b"junk"]))


def test_a_record_that_breaks_the_function_takes_no_other_along(
    transform: Transform, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = Judge.record

    def record(self: Judge, data: bytes, *rest: Any) -> Any:
        if data == b"poison":
            raise RuntimeError
        return judged(self, data, *rest)

    monkeypatch.setattr(Judge, "record", record)
    answer = transform(transformation_event([GOOD, b"poison", b"junk"]))
    assert [one["result"] for one in answer] == ["Ok", "ProcessingFailed", "Dropped"]


def test_a_large_rejected_record_is_kept_as_an_object(transform: Transform) -> None:
    answer = transform(transformation_event([b"\xff" * 600_000]))
    assert [one["result"] for one in answer] == ["Dropped"]
    assert len(transform.s3.objects) == 1


def test_what_would_make_the_answer_too_large_has_failed() -> None:
    returned = Returned()
    half = MAX_DATA_BYTES * 3 // 4 // 2 + 1024
    for position in range(3):
        returned.add(b"x" * (half if position < 2 else 10), position)
    assert [one["result"] for one in returned.records(["a", "b", "c"])] == ["Ok", "ProcessingFailed", "Ok"]


def test_another_event_than_firehoses_is_refused(transform: Transform) -> None:
    with pytest.raises(UnknownEventError, match="Firehose"):
        transform({"Records": []})


def test_it_needs_no_bronze_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {name: value for name, value in SETTINGS.items() if name != "BRONZE_DELIVERY_STREAM"}
    assert JudgeSettings.from_environment(needed).lake_bucket == "lake"
    with pytest.raises(SettingsError, match="LAKE_BUCKET"):
        JudgeSettings.from_environment({**needed, "LAKE_BUCKET": ""})


def test_the_report_counts_and_names_no_value(transform: Transform) -> None:
    transform(transformation_event([GOOD, b"junk"]))
    [line] = [json.loads(text) for text in transform.log.getvalue().splitlines()]
    assert (line["records"], line["accepted"], line["rejected"]) == (2, 1, {"not_json": 1})
    assert "junk" not in transform.log.getvalue()


@pytest.mark.parametrize(
    "sample",
    ["powertools/kinesisFirehosePutEvent.json", "aws-lambda-go/kinesis-firehose-event.json"],
)
def test_awss_sample_events_are_understood(transform: Transform, sample: str) -> None:
    path = SHARED / "lambda-events" / sample
    if not path.exists():
        pytest.skip("../shared is not here")
    event = json.loads(path.read_text())
    answer = transform(event)
    assert [one["recordId"] for one in answer] == [one["recordId"] for one in event["records"]]
    assert {one["result"] for one in answer} == {"Dropped"}

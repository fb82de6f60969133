import json
import tracemalloc
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from producer.aggregation import UserRecord, pack
from stream_processors.errors import DeliveryRefusedError, UnknownEventError
from stream_processors.order_ingest.ingest import RecentlySeen
from tests.unit.stream_processors.conftest import Function
from tests.unit.stream_processors.fakes import call_failed, every_record, raising, these
from tests.unit.stream_processors.invocation import kinesis_event, sequence_number
from tests.unit.stream_processors.samples import encoded, order_paid, order_placed, paid

SHARED = Path(__file__).parents[4] / "shared" / "data"
GOOD = encoded(order_paid())
OTHER_ID = "7c1f8d1e-0d4f-4f7b-9c8e-0d9d0c6c2222"


def aggregate(*parts: bytes) -> bytes:
    return pack([UserRecord("o-1", None, part) for part in parts])


def test_good_and_bad_records_go_their_ways_and_all_are_acknowledged(function: Function) -> None:
    failed = function(kinesis_event([GOOD, b"junk", aggregate(GOOD, b"more junk", GOOD)]))
    assert failed == []
    assert [(r["sequence_number"], r["sub_sequence_number"]) for r in function.bronze()] == [
        (sequence_number(0), 0),
        (sequence_number(2), 0),
        (sequence_number(2), 2),
    ]
    assert [(r["sequence_number"], r["sub_sequence_number"]) for r in function.quarantined()] == [
        (sequence_number(1), 0),
        (sequence_number(2), 1),
    ]


def test_a_row_carries_the_coordinates_of_the_event(function: Function) -> None:
    function(kinesis_event([GOOD]))
    [row] = function.bronze()
    assert row["stream_name"] == "orderlake-dev-orders"
    assert row["shard_id"] == "shardId-000000000006"
    assert row["arrived_at"] == 1_767_225_600_125_000
    assert row["ingested_at"] == 1_767_225_601_000_000


def test_an_empty_batch_is_no_failure(function: Function) -> None:
    assert function({"Records": []}) == []


def test_the_response_names_the_lowest_record_that_is_not_wholly_delivered(function: Function) -> None:
    function.time.seconds_left = 2
    function.firehose.always["quarantine"] = every_record
    assert function(kinesis_event([GOOD, GOOD, b"junk", GOOD, b"junk"])) == [sequence_number(2)]
    assert len(function.bronze()) == 3


def test_a_partly_delivered_aggregate_is_not_acknowledged(function: Function) -> None:
    function.time.seconds_left = 2
    function.firehose.always["bronze"] = every_record
    assert function(kinesis_event([b"junk", aggregate(b"junk", GOOD), b"junk"])) == [sequence_number(1)]


def test_what_is_redelivered_completes_the_batch(function: Function) -> None:
    records = [encoded(order_paid(sequence=n + 1)) if n % 3 else b"junk" for n in range(30)]
    event = kinesis_event(records)
    function.time.seconds_left = 1
    function.firehose.plans["bronze"] = [every_record] * 4
    [first] = function(event)
    function.time.seconds_left = 30
    rest = [record for record in event["Records"] if record["kinesis"]["sequenceNumber"] >= first]
    assert function({"Records": rest}) == []
    rows = function.bronze() + function.quarantined()
    assert {row["sequence_number"] for row in rows} == {sequence_number(n) for n in range(30)}


def test_a_failure_that_passes_in_time_is_not_reported(function: Function) -> None:
    function.firehose.plans["bronze"] = [raising(call_failed("ThrottlingException")), these(0)]
    assert function(kinesis_event([GOOD])) == []
    assert len(function.bronze()) == 1


def test_nothing_is_acknowledged_when_firehose_refuses(function: Function) -> None:
    function.firehose.always["bronze"] = raising(call_failed("AccessDeniedException"))
    with pytest.raises(DeliveryRefusedError):
        function(kinesis_event([GOOD]))


def test_a_large_rejected_record_is_kept_in_s3(function: Function) -> None:
    function(kinesis_event([b"\0" * 2**20]))
    [row] = function.quarantined()
    assert row["reason"] == "too_large"
    assert [f"s3://{bucket}/{key}" for bucket, key in function.s3.objects] == [row["raw_pointer"]]


def test_one_line_and_one_set_of_metrics_report_the_batch(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    function.firehose.plans["bronze"] = [every_record]
    function(kinesis_event([GOOD, b"junk", b"[]", b"junk"]))
    [line] = function.lines()
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Orderlake"
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    values = {m["Name"]: metrics[m["Name"]] for m in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert values == {
        "EventsAccepted": [1],
        "EventsRejected": [3],
        "DuplicatesSeen": [0],
        "RecordsReceived": [4],
        "FirehoseRetries": [1],
        "BatchAge": [875],
    }
    assert line["message"] == "batch delivered"
    assert line["correlation_id"] == line["function_request_id"] == "11111111-2222-3333-4444-555555555555"
    assert line["rejected"] == {"not_json": 2, "not_an_object": 1}
    assert line["firehose_errors"] == {"ServiceUnavailableException": 1}


def test_a_partial_delivery_is_a_warning_that_says_where_it_resumes(function: Function) -> None:
    function.time.seconds_left = 1
    function.firehose.always["bronze"] = every_record
    function(kinesis_event([b"junk", GOOD]))
    [line] = function.lines()
    assert line["level"] == "WARNING"
    assert line["resumes_at"] == sequence_number(1)


def test_no_value_of_an_event_is_in_the_logs(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    bad = [
        b"jane@example.com",
        encoded(order_paid(event_id="jane@example.com")),
        encoded(order_paid(event_type="jane@example.com")),
        encoded(order_paid(**{"jane@example.com": "x"})),
        encoded(paid(order_id="jane@example.com")),
        encoded(order_placed(text="jane@example.com")),
        encoded(order_placed(lines=1, text="jane@example.com" * 1000)),
        aggregate(b"jane@example.com", b"x")[:-1] + b"\0",
    ]
    function.firehose.plans["bronze"] = [every_record]
    function(kinesis_event(bad))
    assert len(function.bronze()) + len(function.quarantined()) == len(bad)
    printed = capsys.readouterr()
    assert [line["message"] for line in function.lines()] == ["batch delivered"]
    assert "jane" not in function.log.getvalue() + printed.out + printed.err


def test_sending_stops_at_the_first_failure_that_outlasts_the_invocation(function: Function) -> None:
    function.time.seconds_left = 2
    full = aggregate(*[encoded(order_placed(lines=100, text="x" * 1000))] * 8)
    function.firehose.always["bronze"] = every_record
    assert function(kinesis_event([b"junk", *[full] * 12])) == [sequence_number(1)]
    sent = [records for stream, records in function.firehose.calls if stream == "bronze"]
    assert len({records[0] for records in sent}) == 1  # the first request, again and again, and no other
    assert [row["sequence_number"] for row in function.quarantined()] == [sequence_number(0)]


def test_a_failure_within_an_aggregate_names_its_kinesis_record(function: Function) -> None:
    function.time.seconds_left = 1
    big = encoded(order_placed(lines=100, text="x" * 1000))
    function.firehose.plans["bronze"] = [these(1)]
    function.firehose.always["bronze"] = every_record
    assert function(kinesis_event([GOOD, aggregate(big, big, big), GOOD])) == [sequence_number(1)]


def test_what_is_delivered_again_is_counted_as_a_duplicate(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    event = kinesis_event([aggregate(GOOD, b"junk", encoded(order_paid(event_id=OTHER_ID)))])
    function(event)
    function(event)
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["DuplicatesSeen"], second["DuplicatesSeen"]) == ([0], [3])
    assert [line["duplicates"] for line in function.lines()] == [0, 3]


def test_what_is_remembered_of_earlier_events_stays_bounded() -> None:
    seen = RecentlySeen(most=10)
    assert not any(seen.add(str(number)) for number in range(100))
    assert seen.add("95")
    assert not seen.add("50")


def test_nothing_is_acknowledged_before_firehose_has_it(function: Function) -> None:
    taken_by_then: list[int] = []

    def look(_records: Sequence[bytes]) -> set[int]:
        taken_by_then.append(len(function.bronze()))
        return set()

    function.firehose.plans["bronze"] = [look]
    assert function(kinesis_event([GOOD])) == []
    assert taken_by_then == [0]
    assert len(function.bronze()) == 1


def test_another_service_is_told_so(function: Function) -> None:
    event = {"invocationId": "1", "deliveryStreamArn": "arn", "records": [{"recordId": "1", "data": ""}]}
    with pytest.raises(UnknownEventError):
        function(event)


SAMPLES: list[tuple[str, list[str]]] = [
    ("aws-lambda-go/kinesis-event.json", ["not_json"] * 2),
    ("aws-lambda-go/kinesis-time-window-event.json", ["not_json"]),
    ("powertools/kinesisStreamEvent.json", ["not_json"] * 2),
    ("powertools/kinesisStreamEventOneRecord.json", ["missing_field"]),
    ("powertools/kinesisStreamCloudWatchLogsEvent.json", ["not_utf8"] * 2),
]


@pytest.mark.parametrize(("name", "reasons"), SAMPLES)
def test_sample_kinesis_events_without_orders_are_quarantined(
    function: Function, name: str, reasons: list[str]
) -> None:
    assert function(sample(name)) == []
    assert [row["reason"] for row in function.quarantined()] == reasons
    assert function.bronze() == []


def test_all_other_sample_events_are_refused(function: Function) -> None:
    folder = SHARED / "lambda-events"
    if not folder.is_dir():
        pytest.skip("the shared sample events are not here")
    kinesis = {name for name, _ in SAMPLES}
    others = [p for p in folder.glob("*/*.json") if f"{p.parent.name}/{p.name}" not in kinesis]
    assert len(others) == 5
    for path in others:
        with pytest.raises(UnknownEventError):
            function(json.loads(path.read_text()))


def test_aggregates_of_other_producers_are_taken_apart(function: Function) -> None:
    path = SHARED / "kpl" / "vectors.jsonl"
    if not path.is_file():
        pytest.skip("the shared KPL vectors are not here")
    vectors = [json.loads(line) for line in path.read_text().splitlines()]
    assert function(kinesis_event([b64decode(vector["base64"]) for vector in vectors])) == []
    expected = [record["data_b64"] for vector in vectors for record in vector["user_records"]]
    assert [row["raw_base64"] for row in function.quarantined()] == expected
    places = [(row["sequence_number"], row["sub_sequence_number"]) for row in function.quarantined()]
    assert len(set(places)) == len(expected)


def test_a_full_batch_takes_little_memory(function: Function) -> None:
    # Lambda's 6 MB are of base64: 4.4 MB of records.
    part = encoded(order_placed(lines=4))
    record = aggregate(*[part] * (50_000 // len(part)))
    event = kinesis_event([record] * (6_000_000 * 3 // 4 // len(record)))
    function.firehose.put_record_batch = discard  # type: ignore[method-assign,assignment]
    tracemalloc.start()
    try:
        function(event)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * 2**20


def discard(*, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
    return {"FailedPutCount": 0, "RequestResponses": []}


def sample(name: str) -> dict[str, Any]:
    path = SHARED / "lambda-events" / name
    if not path.is_file():
        pytest.skip("the shared sample events are not here")
    event: dict[str, Any] = json.loads(path.read_text())
    return event

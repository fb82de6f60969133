"""Files that are not as they should be: what is good goes in, what is not is said."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard

from stream_processors.errors import SettingsError, UnknownEventError
from stream_processors.file_ingest import ingest, reading
from stream_processors.file_ingest.settings import Settings
from tests.unit.producer.test_order_files import HEADER, line
from tests.unit.stream_processors.file_ingest.fakes import Context, Function, lines, order

MIB = 1024 * 1024
EVENTS = [order(number) for number in range(1, 2_001)]
GOOD = orjson.dumps(order(1))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"a":', "not_json"),
        (b"17", "not_an_object"),
        (b"\xff\xfe", "not_utf8"),
        (orjson.dumps({"schema_version": 2, "event_type": "order_placed"}), "missing_field"),
        (orjson.dumps(order(2, event_type="order_lost")), "unknown_event_type"),
        (orjson.dumps(order(2, schema_version=9)), "unknown_schema_version"),
        (orjson.dumps(order(2, line={"unit_price": 2.5})), "invalid_money"),
        (orjson.dumps(order(2, occurred_at="2010-12-01T08:26:00")), "naive_time"),
        (orjson.dumps(order(2, colour="red")), "unknown_field"),
        (orjson.dumps(order(2, line={"quantity": 0})), "wrong_quantity"),
        (orjson.dumps(order(2, occurred_at="2026-11-24T03:00:01Z")), "time_in_future"),
        (b'"' + b"x" * 2 * MIB + b'"', "too_large"),
    ],
)
def test_a_bad_line_goes_to_quarantine_and_the_others_in(function: Function, bad: bytes, reason: str) -> None:
    good = orjson.dumps(order(3))
    report = function.land("a.ndjson", b"\n".join([GOOD, bad, good]))

    assert [(number, code) for number, code, _ in function.rejected()] == [(2, reason)]
    assert (report["outcome"], report["accepted"], report["rejected"]) == ("done", 2, {reason: 1})


@pytest.mark.parametrize(
    ("bad", "reason"), [(b"17", "not_an_object"), (b'"\xff"', "not_utf8"), (b'{"a":[1,2]}', "missing_field")]
)
def test_a_bad_element_goes_to_quarantine_and_the_others_in(
    function: Function, bad: bytes, reason: str
) -> None:
    report = function.land("a.json", b"[" + b", ".join([GOOD, bad, orjson.dumps(order(3))]) + b"]")

    assert [(number, code) for number, code, _ in function.rejected()] == [(2, reason)]
    assert (report["outcome"], report["accepted"], report["rejected"]) == ("done", 2, {reason: 1})


def test_equal_bad_lines_are_told_apart_and_known_again(function: Function) -> None:
    for name in ("a.ndjson", "b.ndjson"):
        function.land(name, b"no\nno\n")

    ids = [event.event_id for event in function.events()]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("a.ndjson", lines(EVENTS)),
        ("a.json", orjson.dumps(EVENTS)),
        ("a.csv", (HEADER + "".join(line(str(place), f"s{place}") for place in range(5_000))).encode()),
    ],
)
def test_of_a_cut_file_the_good_part_goes_in_and_the_rest_is_reported(
    function: Function, pack: Callable[[bytes], bytes], name: str, whole: bytes
) -> None:
    packed = pack(whole)
    report = function.land(name, packed[: len(packed) * 3 // 4])

    assert (report["outcome"], report["problem"]["code"]) == ("failed", "broken")
    assert 0 < report["accepted"] == len(function.events())
    assert f"after line {report['lines']:,}" in report["problem"]["message"]
    assert report["size"] == len(packed) * 3 // 4
    assert f"landing/failed/{name}" in function.bucket.names()


@pytest.mark.parametrize(
    "cut",
    [
        b"[" + GOOD,
        b"[" + GOOD + b",",
        b"[" + GOOD + b",{",
        b"[" + GOOD + b"] x",
        b"[" + GOOD + b" x",
        b"[" + GOOD + b"," + b"[" * 100_000,
    ],
)
def test_of_a_broken_array_the_elements_before_go_in(function: Function, cut: bytes) -> None:
    report = function.land("a.json", cut)

    assert (report["outcome"], report["problem"]["code"], report["accepted"]) == ("failed", "broken", 1)


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.csv", b"", "empty"),
        ("a.ndjson", b"\n\n", "empty"),
        ("a.json", b"", "empty"),
        ("a.csv", HEADER.encode(), "empty"),
        ("a.csv", b"17850,John Smith,London\n", "wrong_header"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "wrong_header"),
        ("a.csv", b"PK\x03\x04" + b"\0" * 100, "unreadable"),
        ("a.csv.gz", b"\x1f\x8b" + b"\0" * 100, "broken"),
    ],
)
def test_a_file_of_which_nothing_can_be_had_fails_with_its_reason(
    function: Function, name: str, body: bytes, code: str
) -> None:
    report = function.land(name, body)

    assert (report["outcome"], report["problem"]["code"], report["events"]) == ("failed", code, 0)


@pytest.mark.parametrize(
    "said", [{"currency": "pounds"}, {"timezone": "Mars/Olympus"}, {"encoding": "morse"}, {"source": ""}]
)
def test_metadata_that_means_nothing_fails_the_file(function: Function, said: dict[str, str]) -> None:
    report = function.land("a.csv", (HEADER + line("1")).encode(), **said)

    assert report["problem"]["code"] == "wrong_metadata"
    assert next(iter(said)) in report["problem"]["message"]


def test_an_object_that_is_too_large_is_not_read(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MAX_OBJECT_BYTES", 10)
    report = function.land("a.csv", b"x" * 11)

    assert report["problem"]["code"] == "too_large"
    assert function.bucket.ranges == []


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_unpacks_to_too_much_ends_there(
    function: Function, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MAX_UNPACKED_BYTES", MIB)
    report = function.land("a.csv", pack((HEADER + line("1")).encode() + b"0" * (8 * MIB)))

    assert report["problem"]["code"] == "unpacks_to_too_much"
    assert [event.event_type for event in function.events()] == []


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize(
    ("name", "bomb"),
    [
        ("a.csv", HEADER.encode() + b"0" * (64 * MIB)),
        ("a.ndjson", b"0" * (64 * MIB)),
        ("a.json", b'["' + b"0" * (64 * MIB)),
        ("a.json", b"[" * (64 * MIB)),
    ],
)
def test_little_that_unpacks_to_much_takes_no_more_memory(
    function: Function, pack: Callable[[bytes], bytes], name: str, bomb: bytes
) -> None:
    record = function.bucket.upload(f"landing/{name}", pack(bomb))
    tracemalloc.start()
    try:
        function(record)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 64 * MIB
    assert function.report(name)["accepted"] == 0


def test_neither_log_nor_report_repeats_what_a_file_says(function: Function) -> None:
    secret = "Erika Mustermann"
    function.land("a.csv", f"17850,{secret},London\n".encode())
    function.land("b.csv", (HEADER + line("1", description=secret, price=secret)).encode())
    function.land("c.ndjson", orjson.dumps({"name": secret, secret: 1}))
    function.land("d.json", b"[" + json.dumps(secret).encode() + b", " + secret.encode())

    reports = b"".join(body for (key, _), (body, _) in function.bucket.versions.items() if "report" in key)
    assert len(reports) > 0
    assert secret.encode() not in reports
    assert secret not in function.log.getvalue()


def test_a_failed_file_is_counted_for_the_alarm(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    function.land("a.csv", b"")
    function.land("b.ndjson", GOOD)

    counted = [json.loads(text) for text in capsys.readouterr().out.splitlines() if "FilesFailed" in text]
    assert [(each["service"], each["FilesFailed"]) for each in counted] == [
        ("file-ingest", [1.0]),
        ("file-ingest", [0.0]),
    ]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"kinesis": {}}]},
        {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]},
    ],
)
def test_what_is_no_notification_of_a_versioned_bucket_is_refused(
    function: Function, event: dict[str, Any]
) -> None:
    with pytest.raises(UnknownEventError, match="versioned"):
        function._handle(event, Context())


def test_settings_name_every_variable_that_is_missing_or_wrong() -> None:
    with pytest.raises(SettingsError, match=r"LAKE_BUCKET.*PROFILE.*STREAM_NAME"):
        Settings.from_environment({"LANDING_PREFIX": "landing/", "PROFILE": "tcp"})


def test_a_format_is_told_by_the_name_and_else_by_the_first_character() -> None:
    assert [reading.format_of(*each) for each in [("a.csv.gz", b"["), ("a.jsonl", b"["), ("a", b" [")]] == [
        reading.Format.CSV,
        reading.Format.NDJSON,
        reading.Format.JSON,
    ]


def test_an_object_is_read_in_parts() -> None:
    from stream_processors.file_ingest.landed import Landed
    from stream_processors.file_ingest.objects import ObjectBytes
    from tests.unit.stream_processors.file_ingest.fakes import FakeBucket

    bucket: Any = FakeBucket()
    landed = Landed.of_notification(bucket.upload("landing/a", b"0123456789"))
    raw = ObjectBytes(bucket, landed, 10, part_bytes=4)

    assert io.BufferedReader(raw).read() == b"0123456789"
    assert bucket.ranges == ["bytes=0-3", "bytes=4-7", "bytes=8-9"]

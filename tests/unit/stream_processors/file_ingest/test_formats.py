"""What a landed file may be written in, and packed by."""

import gzip
import hashlib
from collections.abc import Callable

import orjson
import pytest
import zstandard

from producer.contract import identity
from producer.order_files import read_order_file
from tests.unit.producer.test_order_files import HEADER, line
from tests.unit.stream_processors.file_ingest.fakes import Function, lines, order

CSV = (HEADER + line("1") + line("2", price="free") + line("2") + line("C3", quantity="-1")).encode()
EVENTS = [order(number) for number in range(1, 4)]


def plain(data: bytes) -> bytes:
    return data


PACKINGS = pytest.mark.parametrize("pack", [plain, gzip.compress, zstandard.compress])


@PACKINGS
def test_an_order_file_becomes_the_events_that_replay_makes_of_it(
    function: Function, pack: Callable[[bytes], bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("replay") / "orders"
    file.write_bytes(CSV)

    report = function.land("orders.csv", pack(CSV))

    expected = [(draft.event_id, orjson.loads(draft.payload)) for draft in read_order_file(file)]
    sent = [
        (str(e.event_id), e.payload.model_dump(mode="json", exclude_none=True)) for e in function.events()
    ]
    assert sent == expected
    assert (report["lines"], report["accepted"], report["rejected"]) == (5, 3, {"bad_price": 1})


@PACKINGS
@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("events.ndjson", lines(EVENTS)),
        ("events.jsonl", b"\xef\xbb\xbf" + lines(EVENTS) + b"\n  \n"),
        ("events", lines(EVENTS).replace(b"\n", b"\r\n")),
        ("events.json", orjson.dumps(EVENTS)),
        ("events.json", orjson.dumps(EVENTS, option=orjson.OPT_INDENT_2)),
        ("events", b" \n" + orjson.dumps(EVENTS) + b"\n"),
    ],
)
def test_written_events_keep_their_ids_and_get_their_places_in_the_run(
    function: Function, pack: Callable[[bytes], bytes], name: str, document: bytes
) -> None:
    report = function.land(name, pack(document))

    sent = function.events()
    assert [str(event.event_id) for event in sent] == [event["event_id"] for event in EVENTS]
    assert [event.sequence for event in sent] == [1, 2, 3]
    assert {event.producer_id for event in sent} == {report["producer_id"]}
    assert (report["events"], report["accepted"], report["rejected"]) == (3, 3, {})


def test_the_report_says_what_the_file_was(function: Function) -> None:
    body = gzip.compress(CSV)
    report = function.land("partner one/orders.csv.gz", body)

    assert report["outcome"] == "done"
    assert report["problem"] is None
    assert (report["format"], report["size"]) == ("csv", len(body))
    assert report["sha256"] == hashlib.sha256(body).hexdigest()
    assert report["name"] == "landing/partner one/orders.csv.gz"
    assert function.manifest(report["producer_id"]).acknowledged == ((1, report["events"]),)
    assert function.manifest(report["producer_id"]).closed_at is not None


def test_a_file_that_is_done_is_moved_aside_and_not_looked_at_again(function: Function) -> None:
    body = lines(EVENTS)
    record = function.bucket.upload("landing/a.ndjson", body)
    function(record)
    function(record)  # S3 may tell twice
    for key in (
        "landing/done/a.ndjson",
        "landing/done/a.ndjson.report.json",
        "landing/failed/b",
        "landing/x/",
    ):
        function(function.bucket.upload(key, body))

    assert "landing/a.ndjson" not in function.bucket.names()
    assert function.bucket.latest("landing/done/a.ndjson") == body
    assert len(function.events()) == 3


def test_the_same_content_under_another_name_is_the_same_events_of_another_run(function: Function) -> None:
    first, second = function.land("a.csv", CSV), function.land("b.csv", CSV)

    ids = [event.event_id for event in function.events()]
    assert ids[: len(ids) // 2] == ids[len(ids) // 2 :]
    assert first["producer_id"] != second["producer_id"]


def test_an_uploader_may_say_what_a_csv_file_means(function: Function) -> None:
    body = (HEADER + line("1", description="CAFÉ")).encode("cp1252")
    function.land("a.csv", body, source="partner", currency="EUR", timezone="UTC", encoding="cp1252")

    (event,) = function.events()
    assert (event.payload.currency, event.payload.lines[0].description) == ("EUR", "CAFÉ")
    assert event.event_id == identity("partner", "1", "order_placed", 1)


def test_a_version_1_event_is_lifted(function: Function) -> None:
    function.land("a.ndjson", lines([order(1, schema_version=1)]))

    (event,) = function.events()
    assert (event.schema_version, event.payload.channel) == (2, "unknown")


def test_notifications_that_come_together_are_taken_apart(function: Function) -> None:
    function(*(function.bucket.upload(f"landing/{name}.ndjson", lines(EVENTS)) for name in "ab"))
    (waiting,) = function.functions.waiting
    function(*waiting["Records"])

    assert {function.report(f"{name}.ndjson")["outcome"] for name in "ab"} == {"done"}

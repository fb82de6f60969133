"""Records of every store without the person: identities stay, others stay."""

import base64
import gzip
import json
from typing import Any

import pytest

from orderlake.erasure import records
from orderlake.erasure.person import Person
from producer.aggregation import UserRecord, pack, unpack

PERSON = Person("15311", frozenset({"ab" * 32}))


def event(**payload: Any) -> bytes:
    return json.dumps({"event_id": "e", "producer_id": "p", "sequence": 7, "payload": payload}).encode()


def test_an_event_keeps_its_place_in_the_run() -> None:
    after = json.loads(records.event(event(customer_id="15311", customer={"name": "Ada"}, total="1"), PERSON))
    assert after["payload"] == {"customer_id": None, "customer": None, "total": "1"}
    assert (after["producer_id"], after["sequence"]) == ("p", 7)


@pytest.mark.parametrize("text", ["a,15311.0,b", "15311", "x 15311"])
def test_a_line_of_a_file_that_names_the_person_is_emptied(text: str) -> None:
    after = json.loads(records.event(event(raw_line=text), PERSON))
    assert after == {"event_id": "e", "producer_id": "p", "sequence": 7}


@pytest.mark.parametrize(
    "raw",
    [
        event(customer_id="15312", sku="15311"),
        event(customer_id="153110"),
        b"1153110",
        b"c-15311",
        b"\x1f\x8bnot gzip at all",
    ],
)
def test_what_is_not_theirs_is_left_alone(raw: bytes) -> None:
    assert records.event(raw, PERSON) is raw


@pytest.mark.parametrize(
    "raw",
    [gzip.compress(event(customer_id="15311")), base64.b64encode(event(customer_id="15311"))],
    ids=["gzip", "base64"],
)
def test_what_is_packed_and_theirs_is_emptied(raw: bytes) -> None:
    assert records.event(raw, PERSON) == b""


def test_an_aggregate_keeps_the_others_and_the_number_of_its_parts() -> None:
    other = event(customer_id="2")
    data = pack([UserRecord("15311", None, event(customer_id="15311")), UserRecord("k", None, other)])

    after = unpack(records.kinesis_record(data, "k", PERSON), "k")

    assert isinstance(after, list)
    assert [part.partition_key for part in after] == ["erased", "k"]
    assert json.loads(after[0].data)["payload"] == {"customer_id": None}
    assert after[1].data == other


def test_an_object_without_the_person_is_the_very_same() -> None:
    line = json.dumps({"rawData": base64.b64encode(event(customer_id="2")).decode()}).encode()
    row = json.dumps({"raw_base64": base64.b64encode(event(customer_id="2")).decode()}).encode()
    assert records.failed_deliveries(line, PERSON) is line
    assert records.quarantine_rows(row, PERSON, lambda _: b"") is row
    assert records.invocation_record(b"no json", PERSON) == b"no json"


def test_a_row_of_quarantine_stays_without_its_bytes() -> None:
    row = {
        "quarantine_id": "q",
        "raw_base64": None,
        "raw_pointer": "s3://l/raw",
        "raw_sha256": "s",
        "raw_size": 9,
    }
    body = json.dumps(row).encode()

    after = json.loads(gzip.decompress(records.quarantine_rows(body, PERSON, lambda _: b"15311")))

    assert (after["quarantine_id"], after["raw_base64"], after["raw_pointer"], after["raw_size"]) == (
        "q",
        "",
        None,
        0,
    )


def test_an_aggregate_that_firehose_could_not_process_keeps_the_others() -> None:
    others = event(customer_id="7")
    data = pack([UserRecord("o-1", None, event(customer_id="15311")), UserRecord("o-2", None, others)])
    line = json.dumps({"errorCode": "x", "rawData": base64.b64encode(data).decode()}).encode()

    after = json.loads(records.failed_deliveries(line, PERSON))

    parts = unpack(base64.b64decode(after["rawData"]), "")
    assert isinstance(parts, list)
    assert [json.loads(part.data)["payload"] for part in parts] == [
        {"customer_id": None},
        {"customer_id": "7"},
    ]

import gzip
import json
from base64 import b64decode
from hashlib import sha256
from typing import Any

import orjson
import pytest

from producer.aggregation import MAGIC, UserRecord, pack
from producer.contract import MAX_EVENT_BYTES
from stream_processors.contract import MAX_DOCUMENT_BYTES, BronzeEvent, RejectedEvent, RejectionReason
from tests.unit.stream_processors.samples import (
    AT,
    EVENT_ID,
    NOT_OF_THE_JUDGE,
    PLACE,
    encoded,
    judge,
    judge_record,
    line_changed,
    order_paid,
    order_placed,
    paid,
    source_line_rejected,
)

R = RejectionReason


def accepted(data: bytes) -> BronzeEvent:
    verdict = judge(data)
    assert isinstance(verdict, BronzeEvent), verdict
    return verdict


def rejected(data: bytes) -> RejectedEvent:
    verdict = judge(data)
    assert isinstance(verdict, RejectedEvent), verdict
    return verdict


def errors_of(verdict: RejectedEvent) -> list[dict[str, str]]:
    errors: list[dict[str, str]] = json.loads(verdict.errors)
    assert all(list(error) == ["rule", "path", "message"] for error in errors)
    return errors


def test_a_valid_event_becomes_a_row_of_bronze() -> None:
    row = accepted(encoded(order_paid()))
    assert row == BronzeEvent(
        event_id=EVENT_ID,
        event_type="order_paid",
        schema_version=2,
        occurred_at=1_767_225_600_123_456,
        producer_id="run-1",
        sequence=7,
        partition_key="o-1",
        payload='{"order_id":"o-1","amount":"12.50","currency":"GBP"}',
        stream_name=PLACE.stream_name,
        shard_id=PLACE.shard_id,
        sequence_number=PLACE.sequence_number,
        sub_sequence_number=0,
        arrived_at=PLACE.arrived_at,
        ingested_at=AT,
    )


def test_the_payload_is_canonical_whatever_the_order_and_spacing_of_the_input() -> None:
    spaced = json.dumps(order_placed(lines=2), indent=3, sort_keys=True).encode()
    assert accepted(spaced).payload == accepted(encoded(order_placed(lines=2))).payload


REASONS: list[tuple[str, bytes, RejectionReason]] = [
    ("random bytes", bytes(range(128, 256)), R.NOT_UTF8),
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", R.NOT_UTF8),
    ("not UTF-8 within a string", b'{"event_type":"\xff"}', R.NOT_UTF8),
    ("nothing", b"", R.NOT_JSON),
    ("a sentence", b"Hello World", R.NOT_JSON),
    ("truncated", encoded(order_paid())[:-9], R.NOT_JSON),
    ("two documents", encoded(order_paid()) * 2, R.NOT_JSON),
    ("zeros", b"\0" * 1000, R.NOT_JSON),
    ("a byte order mark", b"\xef\xbb\xbf" + encoded(order_paid()), R.NOT_JSON),
    ("nesting beyond any reader", b"[" * 100_000, R.NOT_JSON),
    ("nested objects", b'{"a":' * 500 + b"1" + b"}" * 500, R.NOT_JSON),
    ("a lone surrogate", b'{"event_type":"\\ud800"}', R.NOT_JSON),
    ("a number of 5,000 digits", b'{"event_type":"order_paid","sequence":' + b"9" * 5000 + b"}", R.NOT_JSON),
    ("an array", b"[1]", R.NOT_AN_OBJECT),
    ("a string", b'"x"', R.NOT_AN_OBJECT),
    ("null", b"null", R.NOT_AN_OBJECT),
    ("1 MiB of zeros", b"\0" * 2**20, R.TOO_LARGE),
    ("a line of a file", encoded(source_line_rejected()), R.SOURCE_LINE_REJECTED),
    ("a newer version", encoded(order_paid(schema_version=3)), R.UNKNOWN_SCHEMA_VERSION),
    ("a newer version of a new shape", encoded({"schema_version": 9, "x": 1}), R.UNKNOWN_SCHEMA_VERSION),
    ("version 0", encoded(order_paid(schema_version=0)), R.UNKNOWN_SCHEMA_VERSION),
    ("a new type", encoded(order_paid(event_type="order_teleported")), R.UNKNOWN_EVENT_TYPE),
    ("NaN as money", encoded(paid(amount="NaN")), R.INVALID_MONEY),
    ("a bare NaN as money", encoded(paid(amount=float("nan"))), R.INVALID_MONEY),
    ("a float as money", encoded(paid(amount=1.5)), R.INVALID_MONEY),
    ("null as money", encoded(paid(amount=None)), R.INVALID_MONEY),
    ("five places", encoded(paid(amount="1.23456")), R.INVALID_MONEY),
    ("money beyond any range", encoded(paid(amount="1e400")), R.INVALID_MONEY),
    ("no offset", encoded(order_paid(occurred_at="2026-01-01T00:00:00")), R.NAIVE_TIME),
    ("no type", encoded(order_paid(event_type=...)), R.MISSING_FIELD),
    ("no amount", encoded(paid(amount=...)), R.MISSING_FIELD),
    ("an empty object", b"{}", R.MISSING_FIELD),
    ("one field more", encoded(order_paid(colour="red")), R.UNKNOWN_FIELD),
    ("a number as type", encoded(order_paid(event_type=5)), R.INVALID_TYPE),
    ("a string as version", encoded(order_paid(schema_version="1")), R.INVALID_TYPE),
    ("a string as sequence", encoded(order_paid(sequence="7")), R.INVALID_TYPE),
    ("an epoch as time", encoded(order_paid(occurred_at=1_767_225_600)), R.INVALID_TYPE),
    ("an array as payload", encoded(order_paid(payload=[])), R.INVALID_TYPE),
    ("no UUID", encoded(order_paid(event_id="o-1")), R.INVALID_VALUE),
    ("sequence 0", encoded(order_paid(sequence=0)), R.INVALID_VALUE),
    ("sequence 2**63", encoded(order_paid(sequence=2**63)), R.INVALID_VALUE),
    ("a currency in small letters", encoded(paid(currency="gbp")), R.INVALID_VALUE),
    ("an order without lines", encoded(order_placed(lines=0)), R.INVALID_VALUE),
    ("a time without a UTC date", encoded(order_paid(occurred_at="0001-01-01T00:00+10:00")), R.INVALID_VALUE),
    ("no currency of this world", encoded(paid(currency="XQZ")), R.UNKNOWN_CURRENCY),
    (
        "more than a day ahead",
        encoded(order_paid(occurred_at="2026-01-02T00:00:01.000001Z")),
        R.TIME_IN_FUTURE,
    ),
    ("one line twice", encoded(line_changed(2, line_number=1)), R.DUPLICATE_LINE_NUMBER),
    ("nothing sold", encoded(line_changed(1, quantity=0)), R.WRONG_QUANTITY),
    ("less than nothing sold", encoded(line_changed(1, quantity=-1)), R.WRONG_QUANTITY),
    ("a price below 0", encoded(line_changed(1, unit_price="-0.01")), R.NEGATIVE_AMOUNT),
    ("a payment below 0", encoded(paid(amount="-12.50")), R.NEGATIVE_AMOUNT),
    ("a wrong total", encoded(order_placed(total="15.31")), R.TOTAL_MISMATCH),
    ("gzip", gzip.compress(encoded(order_paid())), R.NOT_UTF8),
    (
        "a CloudWatch Logs envelope",
        gzip.compress(b'{"messageType":"DATA_MESSAGE","logEvents":[]}'),
        R.NOT_UTF8,
    ),
    ("the same unpacked", b'{"messageType":"DATA_MESSAGE","logEvents":[]}', R.MISSING_FIELD),
    ("a number of 400 digits as money", encoded(paid(amount=10**400)), R.INVALID_MONEY),
    ("a key twice, the last one wrong", encoded(order_paid())[:-1] + b',"sequence":0}', R.INVALID_VALUE),
    ("no time at all", encoded(order_paid(occurred_at="yesterday")), R.INVALID_VALUE),
]


@pytest.mark.parametrize(("data", "reason"), [pytest.param(d, r, id=name) for name, d, r in REASONS])
def test_bad_input_has_its_reason(data: bytes, reason: RejectionReason) -> None:
    verdict = rejected(data)
    assert verdict.reason is reason
    assert errors_of(verdict)


def aggregates() -> dict[RejectionReason, bytes]:
    whole = pack([UserRecord("k", None, encoded(order_paid()))] * 3)
    return {
        R.AGGREGATE_CHECKSUM_MISMATCH: whole[:-1] + bytes([whole[-1] ^ 1]),
        R.AGGREGATE_UNREADABLE: pack([]),
    }


@pytest.mark.parametrize(("reason", "data"), aggregates().items())
def test_an_aggregate_that_cannot_be_read_is_one_rejection_with_all_its_bytes(
    reason: RejectionReason, data: bytes
) -> None:
    [verdict] = judge_record(data)
    assert isinstance(verdict, RejectedEvent)
    assert verdict.reason is reason
    assert b64decode(verdict.raw_base64 or "") == data


def test_every_reason_has_an_input_here() -> None:
    assert {reason for _, _, reason in REASONS} | set(aggregates()) == set(R) - NOT_OF_THE_JUDGE


def test_each_part_of_an_aggregate_is_judged_on_its_own() -> None:
    parts = [encoded(order_paid(sequence=1)), b"junk", encoded(order_paid(sequence=2))]
    first, second, third = judge_record(pack([UserRecord("k", None, p) for p in parts]))
    assert isinstance(first, BronzeEvent)
    assert isinstance(second, RejectedEvent)
    assert isinstance(third, BronzeEvent)
    assert [verdict.sub_sequence_number for verdict in (first, second, third)] == [0, 1, 2]
    assert {verdict.sequence_number for verdict in (first, second, third)} == {PLACE.sequence_number}
    assert b64decode(second.raw_base64 or "") == b"junk"


def test_magic_bytes_alone_are_no_aggregate() -> None:
    [verdict] = judge_record(MAGIC)
    assert isinstance(verdict, RejectedEvent)
    assert verdict.reason is R.AGGREGATE_CHECKSUM_MISMATCH


def test_a_rejection_keeps_the_bytes_their_hash_and_what_could_be_read() -> None:
    data = encoded(order_paid(occurred_at="2026-01-01T00:00:00"))
    verdict = rejected(data)
    assert b64decode(verdict.raw_base64 or "") == data
    assert verdict.raw_sha256 == sha256(data).hexdigest()
    assert verdict.raw_size == len(data)
    assert verdict.raw_pointer is None
    assert verdict.event_id == EVENT_ID
    assert (verdict.event_type, verdict.producer_id, verdict.sequence) == ("order_paid", "run-1", 7)
    assert verdict.quarantine_id == PLACE.quarantine_id()
    assert (verdict.arrived_at, verdict.rejected_at) == (PLACE.arrived_at, AT)


def test_what_has_the_wrong_type_or_is_too_long_is_not_quoted() -> None:
    verdict = rejected(encoded(order_paid(event_id=5, event_type="x" * 257, producer_id=None, sequence=True)))
    assert (verdict.event_id, verdict.event_type, verdict.producer_id, verdict.sequence) == (None,) * 4
    assert rejected(encoded(order_paid(sequence=2**63))).sequence is None


def test_every_broken_rule_is_listed_with_its_path() -> None:
    event = order_placed(lines=2, occurred_at="2026-01-01T00:00:00", colour="red")
    event["payload"]["lines"][1] |= {"quantity": "6", "unit_price": 2.5}
    event["payload"]["currency"] = "gbp"
    verdict = rejected(encoded(event))
    assert {error["path"] for error in errors_of(verdict)} == {
        "occurred_at",
        "colour",
        "payload.lines[1].quantity",
        "payload.lines[1].unit_price",
        "payload.currency",
    }
    assert verdict.reason is R.INVALID_MONEY


def test_the_reason_is_the_first_in_the_order_of_reasons() -> None:
    assert rejected(encoded(paid(currency="gbp", extra=1))).reason is R.UNKNOWN_FIELD
    assert rejected(encoded(paid(currency=..., extra=1))).reason is R.MISSING_FIELD
    naive = order_paid(occurred_at="2026-01-01T00:00:00", payload={})
    assert rejected(encoded(naive)).reason is R.NAIVE_TIME


def test_a_flood_of_broken_rules_is_cut_and_counted() -> None:
    errors = errors_of(rejected(encoded(order_paid(**{f"f{n}": 1 for n in range(250)}))))
    assert len(errors) == 101
    assert errors[-1] == {"rule": "more", "path": "", "message": "150 more broken rules"}


@pytest.mark.parametrize(
    "event",
    [
        order_paid(event_id="jane@example.com"),
        order_paid(event_type="jane@example.com"),
        order_paid(occurred_at="jane@example.com"),
        order_paid(producer_id=["jane@example.com"]),
        order_paid(payload="jane@example.com"),
        order_paid(**{"jane@example.com": 1}),
        paid(amount="jane@example.com"),
        paid(currency="jane@example.com"),
        paid(**{"jane@example.com": {"jane@example.com": 1}}),
        source_line_rejected(reason="no quantity for jane@example.com", raw_line="jane@example.com"),
    ],
)
def test_errors_never_repeat_a_value(event: dict[str, Any]) -> None:
    assert "jane" not in rejected(encoded(event)).errors


def test_the_version_is_not_repeated_either() -> None:
    assert "4477" not in rejected(encoded(order_paid(schema_version=4477))).errors


def test_the_last_of_duplicate_keys_counts_for_the_verdict_and_for_what_is_quoted() -> None:
    good = encoded(order_paid())
    assert accepted(b'{"event_type":"nonsense",' + good[1:]).event_type == "order_paid"
    verdict = rejected(good[:-1] + b',"event_type":"nonsense"}')
    assert (verdict.reason, verdict.event_type) == (R.UNKNOWN_EVENT_TYPE, "nonsense")


def test_a_rejected_line_of_a_file_keeps_its_own_code_as_the_rule() -> None:
    data = encoded(source_line_rejected(reason="missing_quantity"))
    verdict = rejected(data)
    assert [error["rule"] for error in errors_of(verdict)] == ["missing_quantity"]
    assert b64decode(verdict.raw_base64 or "") == data


def test_a_sentence_instead_of_a_code_is_not_repeated() -> None:
    verdict = rejected(encoded(source_line_rejected(reason="Bad line of Jane")))
    assert [error["rule"] for error in errors_of(verdict)] == ["unnamed"]


def sized(size: int, text: str = "x") -> bytes:
    """A valid order of exactly so many bytes: padded with spaces after the last brace."""
    data = encoded(order_placed(lines=100, text=text * 4000))
    assert len(data) <= size
    return data + b" " * (size - len(data))


def test_the_limit_of_an_event_is_exact() -> None:
    assert accepted(sized(MAX_EVENT_BYTES)).event_type == "order_placed"
    verdict = rejected(sized(MAX_EVENT_BYTES + 1))
    assert verdict.reason is R.TOO_LARGE
    assert verdict.event_id == EVENT_ID


def test_an_event_whose_bronze_document_outgrows_firehose_is_too_large() -> None:
    # Each quote is escaped once in the payload and once more in the row: 2 bytes become 4.
    data = encoded(order_placed(lines=100, text='"' * 4000))
    assert len(data) < MAX_EVENT_BYTES
    verdict = rejected(data)
    assert verdict.reason is R.TOO_LARGE
    assert errors_of(verdict)[0]["rule"] == "document_too_large"
    assert str(MAX_DOCUMENT_BYTES) in errors_of(verdict)[0]["message"]


def test_the_limit_of_a_bronze_document_is_exact() -> None:
    def padded(padding: int) -> bytes:
        event = order_placed(lines=73, text='"' * 3460)
        last = {"line_number": 74, "description": "x" * padding}
        event["payload"]["lines"].append(event["payload"]["lines"][0] | last)
        return encoded(event)

    spare = MAX_DOCUMENT_BYTES - len(orjson.dumps(accepted(padded(0))._asdict()))
    assert 0 < spare <= 4096
    assert len(orjson.dumps(accepted(padded(spare))._asdict())) == MAX_DOCUMENT_BYTES
    assert rejected(padded(spare + 1)).reason is R.TOO_LARGE

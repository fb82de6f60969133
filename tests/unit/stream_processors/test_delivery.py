import pytest

from stream_processors.errors import CallFailedError, DeliveryRefusedError
from stream_processors.order_ingest.delivery import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_RECORD_BYTES,
    PACKED_BYTES,
    DeliveryStream,
)
from tests.unit.stream_processors.fakes import (
    FakeFirehose,
    FakeTime,
    call_failed,
    every_record,
    raising,
    these,
)

BIG = MAX_RECORD_BYTES


def stream(firehose: FakeFirehose, time: FakeTime | None = None) -> DeliveryStream:
    return DeliveryStream(firehose, "bronze", (time or FakeTime()).patience)


def full_record(letter: str) -> bytes:
    return letter.encode() * BIG


def test_small_documents_share_one_record_in_order() -> None:
    firehose = FakeFirehose()
    delivery = stream(firehose)
    for position, document in enumerate([b'{"a":1}', b'{"a":2}', b'{"a":3}']):
        delivery.add(document, position)
    delivery.flush()
    assert firehose.calls == [("bronze", [b'{"a":1}{"a":2}{"a":3}'])]
    assert delivery.undelivered_from is None


def test_nothing_is_sent_for_nothing() -> None:
    firehose = FakeFirehose()
    stream(firehose).flush()
    assert firehose.calls == []


def test_a_record_is_filled_to_the_last_byte_and_not_beyond() -> None:
    firehose = FakeFirehose()
    delivery = stream(firehose)
    delivery.add(b"a" * (PACKED_BYTES - 1), 0)
    delivery.add(b"b", 1)
    delivery.add(b"c", 2)
    delivery.flush()
    [(_, records)] = firehose.calls
    assert [len(record) for record in records] == [PACKED_BYTES, 1]


def test_a_document_larger_than_a_packed_record_is_one_of_its_own() -> None:
    firehose = FakeFirehose()
    delivery = stream(firehose)
    for position, size in enumerate((PACKED_BYTES + 1, 1, BIG)):
        delivery.add(b"a" * size, position)
    delivery.flush()
    [(_, records)] = firehose.calls
    assert [len(record) for record in records] == [PACKED_BYTES + 1, 1, BIG]


def test_a_request_is_filled_to_the_last_byte_and_not_beyond() -> None:
    assert MAX_BATCH_BYTES == 4 * BIG + 96 * 1024
    firehose = FakeFirehose()
    delivery = stream(firehose)
    for position in range(4):
        delivery.add(full_record("a"), position)
    delivery.add(b"b" * (96 * 1024), 4)
    delivery.add(full_record("c"), 5)
    delivery.flush()
    assert [sum(map(len, records)) for _, records in firehose.calls] == [MAX_BATCH_BYTES, BIG]

    firehose = FakeFirehose()
    delivery = stream(firehose)
    for position in range(4):
        delivery.add(full_record("a"), position)
    delivery.add(b"b" * (96 * 1024 + 1), 4)
    delivery.flush()
    assert [len(records) for _, records in firehose.calls] == [4, 1]


def test_a_request_never_has_more_than_500_records() -> None:
    # Only at smaller records than ours could a request hold as many: the bytes fill up first.
    assert MAX_BATCH_BYTES // PACKED_BYTES < MAX_BATCH_RECORDS
    firehose = FakeFirehose()
    delivery = stream(firehose)
    for position in range(1_001):
        delivery.add(b"x", position)
        delivery._close_entry()
    delivery.flush()
    assert [len(records) for _, records in firehose.calls] == [500, 500, 1]


def test_only_failed_entries_are_sent_again() -> None:
    firehose = FakeFirehose(plans={"bronze": [these(1, 3), these(0)]})
    delivery = stream(firehose)
    for position, letter in enumerate("abcd"):
        delivery.add(full_record(letter), position)
    delivery.flush()
    assert [[chr(record[0]) for record in records] for _, records in firehose.calls] == [
        ["a", "b", "c", "d"],
        ["b", "d"],
        ["b"],
    ]
    assert delivery.undelivered_from is None
    assert delivery.retries == 3
    assert delivery.error_codes == {"ServiceUnavailableException": 3}


def test_pauses_double_up_to_a_limit() -> None:
    time = FakeTime(seconds_left=1000)
    firehose = FakeFirehose(plans={"bronze": [every_record] * 8})
    delivery = stream(firehose, time)
    delivery.add(b"a", 0)
    delivery.flush()
    assert time.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@pytest.mark.parametrize(
    "error",
    [
        call_failed("ServiceUnavailableException", 503),
        call_failed("ThrottlingException"),
        call_failed("LimitExceededException"),
        call_failed("SomethingNew", 500),
        CallFailedError("TimeoutError", None),
        CallFailedError("RemoteDisconnected", None),
    ],
)
def test_a_failed_call_is_made_again(error: Exception) -> None:
    firehose = FakeFirehose(plans={"bronze": [raising(error), raising(error)]})
    delivery = stream(firehose)
    delivery.add(b"a", 0)
    delivery.flush()
    assert firehose.taken == {"bronze": [b"a"]}
    assert delivery.undelivered_from is None
    assert delivery.error_codes.total() == 2


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_refusal_is_an_error_that_says_where(code: str) -> None:
    firehose = FakeFirehose(always={"bronze": raising(call_failed(code))})
    delivery = stream(firehose)
    delivery.add(b"a", 0)
    with pytest.raises(DeliveryRefusedError) as caught:
        delivery.flush()
    assert (caught.value.destination, caught.value.code) == ("bronze", code)
    assert len(firehose.calls) == 1


def test_giving_up_names_the_lowest_position_with_anything_undelivered() -> None:
    firehose = FakeFirehose(
        always={"bronze": lambda records: {i for i, r in enumerate(records) if r[0] > 97}}
    )
    delivery = stream(firehose, FakeTime(seconds_left=2))
    delivery.add(b"a" * (PACKED_BYTES - 2), 4)
    delivery.add(b"b" * 2, 5)  # shares a record with what came before it
    delivery.add(b"bb", 6)
    delivery.add(b"bb", 7)
    delivery.flush()
    assert delivery.undelivered_from == 6


def test_a_record_that_failed_is_undelivered_from_its_first_document_on() -> None:
    firehose = FakeFirehose(always={"bronze": every_record})
    delivery = stream(firehose, FakeTime(seconds_left=2))
    for position in (3, 3, 4, 9):
        delivery.add(b"x", position)
    delivery.flush()
    assert delivery.undelivered_from == 3


def test_after_giving_up_nothing_later_is_sent() -> None:
    firehose = FakeFirehose(always={"bronze": every_record})
    delivery = stream(firehose, FakeTime(seconds_left=2))
    for position in range(6):
        delivery.add(full_record("a"), position)
    calls = len(firehose.calls)
    assert delivery.undelivered_from == 0
    for position in range(6, 20):
        delivery.add(full_record("b"), position)
    delivery.flush()
    assert len(firehose.calls) == calls


def test_what_stands_before_a_position_given_up_elsewhere_is_still_sent() -> None:
    firehose = FakeFirehose()
    delivery = stream(firehose)
    delivery.add(full_record("a"), 0)
    delivery.add(full_record("b"), 2)
    delivery.give_up_from(2)
    delivery.flush()
    assert [record[:1] for record in firehose.taken["bronze"]] == [b"a"]
    assert delivery.undelivered_from == 2


def test_the_first_request_is_tried_even_without_time() -> None:
    firehose = FakeFirehose()
    delivery = stream(firehose, FakeTime(seconds_left=-1))
    delivery.add(b"a", 0)
    delivery.flush()
    assert delivery.undelivered_from is None


def test_a_later_request_is_not_begun_without_time() -> None:
    time = FakeTime()
    firehose = FakeFirehose()
    delivery = stream(firehose, time)
    for position in range(6):
        delivery.add(full_record("a"), position)
    time.seconds_left = 0
    delivery.flush()
    assert len(firehose.calls) == 1
    assert delivery.undelivered_from == 4

import threading

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from producer.contract import decode
from producer.errors import (
    CredentialsRefused,
    RecordTooLarge,
    SendInterrupted,
    StreamError,
    StreamMissing,
    StreamRefused,
    StreamThrottled,
    StreamUnavailable,
    WrongPartitionKey,
)
from producer.stream import MAX_RECORD_BYTES
from tests.unit.producer.events import dumps, order_placed, record
from tests.unit.producer.fakes import (
    Answer,
    FakeKinesis,
    FakeTime,
    answering,
    failed_at,
    raising,
    refused,
    stream_over,
    took_all,
)


def test_a_full_batch_is_sent_without_a_flush() -> None:
    kinesis = FakeKinesis()
    stream, acknowledged = stream_over(kinesis)
    for sequence in range(1, 502):
        stream.put_record(record(sequence))
    assert [len(keys) for keys in kinesis.requests] == [500]
    assert len(acknowledged) == 500
    assert stream.unacknowledged == (501,)


def test_an_event_is_sent_as_the_contract_writes_it_under_its_partition_key() -> None:
    kinesis = FakeKinesis()
    event = decode(dumps(order_placed()))
    with stream_over(kinesis)[0] as stream:
        stream.put(event)
    assert kinesis.requests == [["536365"]]
    assert decode(kinesis.taken[0]) == event


@pytest.mark.parametrize("size", [MAX_RECORD_BYTES - 5, 700_001])
def test_no_request_is_larger_than_the_limit(size: int) -> None:
    kinesis = FakeKinesis()
    stream, acknowledged = stream_over(kinesis)
    for sequence in range(1, 10):
        stream.put_record(record(sequence, size))
    stream.flush()
    assert max(kinesis.sizes) <= 4_718_592
    assert [taken.sequence for taken in acknowledged] == list(range(1, 10))


def test_a_record_of_exactly_the_limit_is_sent_and_one_byte_more_is_refused() -> None:
    kinesis = FakeKinesis()
    stream, acknowledged = stream_over(kinesis)
    stream.put_record(record(1, MAX_RECORD_BYTES - 5))
    with pytest.raises(RecordTooLarge) as caught:
        stream.put_record(record(2, MAX_RECORD_BYTES - 4))
    stream.flush()
    assert caught.value.unacknowledged == (2,)
    assert len(acknowledged) == 1


@pytest.mark.parametrize("key", ["", "k" * 257])
def test_a_partition_key_that_kinesis_refuses_does_not_spoil_the_batch(key: str) -> None:
    stream, acknowledged = stream_over(FakeKinesis())
    stream.put_record(record(1))
    with pytest.raises(WrongPartitionKey) as caught:
        stream.put_record(record(2)._replace(partition_key=key))
    stream.put_record(record(3)._replace(partition_key="é" * 256))
    stream.flush()
    assert caught.value.not_taken == 2
    assert [taken.sequence for taken in acknowledged] == [1, 3]


def test_only_the_throttled_records_are_sent_again() -> None:
    kinesis = FakeKinesis(failed_at(0, 2), took_all)
    stream, acknowledged = stream_over(kinesis)
    for sequence in (1, 2, 3):
        stream.put_record(record(sequence))
    stream.flush()
    assert kinesis.requests == [["key-1", "key-2", "key-3"], ["key-1", "key-3"]]
    assert [taken.sequence for taken in acknowledged] == [2, 1, 3]
    assert (stream.stats.retried, stream.stats.throttled, stream.stats.records) == (2, 2, 3)


def test_pauses_double_up_to_the_longest_while_nothing_is_taken() -> None:
    time = FakeTime()
    kinesis = FakeKinesis(*[failed_at(0)] * 5, took_all)
    stream, _ = stream_over(kinesis, time, first_pause_seconds=1, longest_pause_seconds=5)
    stream.put_record(record(1))
    stream.flush()
    assert time.sleeps == [1, 2, 4, 5, 5]


def test_a_stream_that_takes_a_little_each_time_is_never_given_up() -> None:
    kinesis = FakeKinesis(*[failed_at(*range(1, left)) for left in range(20, 0, -1)])
    stream, acknowledged = stream_over(kinesis, max_attempts=2, max_stalled_seconds=1)
    for sequence in range(1, 21):
        stream.put_record(record(sequence))
    stream.flush()
    assert len(acknowledged) == 20


def test_a_stream_throttled_for_too_long_is_given_up_and_what_is_missing_is_named() -> None:
    kinesis = FakeKinesis(failed_at(1), failed_at(0))
    stream, acknowledged = stream_over(kinesis, max_attempts=3)
    stream.put_record(record(1))
    stream.put_record(record(2))
    with pytest.raises(StreamThrottled) as caught:
        stream.flush()
    assert caught.value.unacknowledged == (2,)
    assert caught.value.attempts == 3
    assert [taken.sequence for taken in acknowledged] == [1]


def test_the_budget_is_also_one_of_time() -> None:
    stream, _ = stream_over(FakeKinesis(failed_at(0)), max_attempts=1000, max_stalled_seconds=30)
    stream.put_record(record(1))
    with pytest.raises(StreamThrottled) as caught:
        stream.flush()
    assert 30 <= caught.value.seconds <= 36


def test_after_giving_up_a_flush_tries_the_rest_again() -> None:
    kinesis = FakeKinesis(failed_at(0), took_all)
    stream, acknowledged = stream_over(kinesis, max_attempts=1)
    stream.put_record(record(1))
    with pytest.raises(StreamThrottled):
        stream.flush()
    stream.flush()
    assert [taken.sequence for taken in acknowledged] == [1]
    assert stream.unacknowledged == ()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused("ResourceNotFoundException"), StreamMissing),
        (refused("AccessDeniedException"), CredentialsRefused),
        (refused("ExpiredTokenException"), CredentialsRefused),
        (raising(NoCredentialsError()), CredentialsRefused),
        (refused("ValidationException"), StreamRefused),
    ],
)
def test_a_refusal_for_good_is_raised_at_once(answer: Answer, expected: type[StreamError]) -> None:
    kinesis = FakeKinesis(answer)
    stream, _ = stream_over(kinesis)
    stream.put_record(record(1))
    with pytest.raises(expected) as caught:
        stream.flush()
    assert len(kinesis.requests) == 1
    assert caught.value.unacknowledged == (1,)


@pytest.mark.parametrize(
    "answer",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("InternalFailure", 500),
        refused("SomethingNew", 503),
        failed_at(0, code="InternalFailure"),
        raising(EndpointConnectionError(endpoint_url="http://127.0.0.1:1")),
        raising(ReadTimeoutError(endpoint_url="http://127.0.0.1:1")),
    ],
)
def test_a_failure_that_may_pass_is_tried_again(answer: Answer) -> None:
    kinesis = FakeKinesis(answer, took_all)
    stream, acknowledged = stream_over(kinesis)
    stream.put_record(record(1))
    stream.flush()
    assert len(kinesis.requests) == 2
    assert len(acknowledged) == 1


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        (answering(), []),
        (answering({"SequenceNumber": "1", "ShardId": "s"}), []),
        (answering({"ShardId": "s"}, {"SequenceNumber": "2", "ShardId": "s"}), [2]),
    ],
)
def test_what_the_answer_gives_no_sequence_number_counts_as_not_taken(
    answer: Answer, taken: list[int]
) -> None:
    stream, acknowledged = stream_over(FakeKinesis(answer), max_attempts=1)
    stream.put_record(record(1))
    stream.put_record(record(2))
    with pytest.raises(StreamUnavailable):
        stream.flush()
    assert [record.sequence for record in acknowledged] == taken


def test_an_endpoint_that_never_answers_is_unavailable_not_throttled() -> None:
    answer = raising(EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))
    stream, _ = stream_over(FakeKinesis(answer), max_attempts=2)
    stream.put_record(record(1))
    with pytest.raises(StreamUnavailable) as caught:
        stream.flush()
    assert caught.value.cause == "EndpointConnectionError"


def test_an_event_for_which_no_room_came_is_named_as_not_taken() -> None:
    kinesis = FakeKinesis(failed_at(*range(500)))
    stream, acknowledged = stream_over(kinesis, max_attempts=2, max_held_bytes=1024 * 1024)
    stream.put_record(record(1, 600_000))
    with pytest.raises(StreamThrottled) as caught:
        stream.put_record(record(2, 600_000))
    assert (caught.value.not_taken, caught.value.unacknowledged, stream.unacknowledged) == (2, (1,), (1,))
    kinesis.answer_from_now_on(took_all)
    stream.put_record(record(2, 600_000))
    stream.flush()
    assert [taken.sequence for taken in acknowledged] == [1, 2]


def test_after_a_refusal_put_asks_again_only_now_and_then() -> None:
    time, kinesis = FakeTime(), FakeKinesis(refused("ExpiredTokenException"))
    stream, _ = stream_over(kinesis, time, linger_seconds=0.0, longest_pause_seconds=5)
    refusals = 0
    for sequence in range(1, 101):
        time.now = sequence / 10
        try:
            stream.put_record(record(sequence))
        except CredentialsRefused:
            refusals += 1
    assert refusals == len(kinesis.requests) == 2
    assert len(stream.unacknowledged) == 100


def test_an_error_of_the_callback_is_raised_and_nothing_is_sent_twice() -> None:
    kinesis = FakeKinesis()

    def breaking(_records: object) -> None:
        raise ZeroDivisionError

    stream, _ = stream_over(kinesis, on_acknowledged=breaking)
    stream.put_record(record(1))
    with pytest.raises(ZeroDivisionError):
        stream.flush()
    stream.flush()
    assert len(kinesis.requests) == 1


def test_statistics_that_were_read_do_not_change() -> None:
    stream, _ = stream_over(FakeKinesis())
    stream.put_record(record(1))
    stream.flush()
    before = stream.stats
    stream.put_record(record(2))
    stream.flush()
    assert (before.by_shard, stream.stats.by_shard) == ({"s": 100}, {"s": 200})


def test_a_stop_ends_the_retries_after_its_grace() -> None:
    time, stop = FakeTime(), threading.Event()
    stop.set()
    stream, _ = stream_over(FakeKinesis(failed_at(0)), time, stop=stop, stop_grace_seconds=3)
    stream.put_record(record(1))
    with pytest.raises(SendInterrupted) as caught:
        stream.flush()
    assert caught.value.unacknowledged == (1,)
    assert time.now <= 3 + 5


def test_an_old_buffered_event_is_sent_with_the_next_put() -> None:
    time, kinesis = FakeTime(), FakeKinesis()
    stream, _ = stream_over(kinesis, time, linger_seconds=0.5)
    stream.put_record(record(1))
    time.now = 0.5
    stream.put_record(record(2))
    assert kinesis.requests == [["key-1", "key-2"]]


def test_leaving_because_of_another_error_sends_what_was_put() -> None:
    kinesis = FakeKinesis()
    stream, acknowledged = stream_over(kinesis)
    stream.put_record(record(1))
    with pytest.raises(ZeroDivisionError), stream:
        raise ZeroDivisionError
    assert len(acknowledged) == 1


def test_leaving_because_of_its_own_error_does_not_send_again() -> None:
    kinesis = FakeKinesis(refused("ResourceNotFoundException"))
    stream, _ = stream_over(kinesis)
    stream.put_record(record(1))
    with pytest.raises(StreamMissing), stream:
        stream.flush()
    assert len(kinesis.requests) == 1


def test_puts_from_many_threads_are_all_sent_once() -> None:
    kinesis = FakeKinesis()
    stream, acknowledged = stream_over(kinesis)

    def put_many(first: int) -> None:
        for sequence in range(first, first + 700):
            stream.put_record(record(sequence))

    threads = [threading.Thread(target=put_many, args=(first,)) for first in range(1, 2801, 700)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stream.flush()
    assert sorted(taken.sequence for taken in acknowledged) == list(range(1, 2801))

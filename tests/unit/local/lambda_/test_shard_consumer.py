import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.clock import ManualClock
from infra.local.kinesis.stream_reader import StartingPosition
from infra.local.lambda_.batch_response import first_failure
from infra.local.lambda_.shard_consumer import PAYLOAD_LIMIT, MappingSettings, ShardConsumer
from tests.unit.local.lambda_.fake_stream import ARN, START, FakeFunction, FakeStream, item_failures


class Scene:
    """One shard, one function, a clock that stands still."""

    def __init__(
        self,
        *,
        batch_size: int = 10,
        batching_window: float = 0,
        reports_item_failures: bool = True,
        position: StartingPosition = "TRIM_HORIZON",
    ) -> None:
        self.clock = ManualClock(START)
        self.stream = FakeStream(self.clock)
        self.function = FakeFunction()
        self.ages: list[float] = []
        self._settings = MappingSettings(
            ARN, "arn:role", "us-east-1", batch_size, batching_window, reports_item_failures
        )
        self._position = position

    def start(self) -> None:
        self.consumer = ShardConsumer(
            self.stream.shards[0],
            self._position,
            self._settings,
            self.stream,
            invoke=self.function,
            clock=self.clock,
            report_age=self.ages.append,
        )

    def run(self) -> list[list[str]]:
        """Send all batches that are due and return those sent since the last call."""
        before = len(self.function.batches)
        while self.consumer.poll():
            self.consumer.send()
        return self.function.batches[before:]


def test_batches_hold_at_most_the_batch_size_in_order() -> None:
    scene = Scene(batch_size=2)
    scene.stream.put("a", "b", "c", "d", "e")
    scene.start()
    assert scene.run() == [["a", "b"], ["c", "d"], ["e"]]


def test_a_batch_that_is_not_full_waits_for_its_window() -> None:
    scene = Scene(batch_size=3, batching_window=5)
    scene.start()
    scene.stream.put("a")
    assert scene.run() == []
    scene.clock.advance(4.9)
    scene.stream.put("b")
    assert scene.run() == []
    scene.clock.advance(0.1)
    assert scene.run() == [["a", "b"]]


def test_a_full_batch_does_not_wait_for_its_window() -> None:
    scene = Scene(batch_size=2, batching_window=300)
    scene.start()
    scene.stream.put("a", "b", "c")
    assert scene.run() == [["a", "b"]]


def test_a_flush_waits_for_no_window() -> None:
    scene = Scene(batching_window=300)
    scene.start()
    scene.stream.put("a")
    assert scene.consumer.poll(flush=True)


def test_an_event_stays_within_six_megabytes() -> None:
    scene = Scene(batch_size=100)
    scene.stream.put(*["x" * 1_000_000] * 9)
    scene.start()
    assert [len(batch) for batch in scene.run()] == [4, 4, 1]
    assert max(map(len, scene.function.events)) <= PAYLOAD_LIMIT


def test_latest_begins_with_what_is_put_after_the_mapping() -> None:
    scene = Scene(position="LATEST")
    scene.stream.put("before")
    scene.start()
    scene.stream.put("after")
    assert scene.run() == [["after"]]


def test_a_failed_batch_is_sent_again_until_it_succeeds_and_nothing_passes_it() -> None:
    scene = Scene(batch_size=2)
    scene.function.answer = lambda _: ValueError()
    scene.stream.put("a", "b", "c")
    scene.start()
    assert scene.run() == [["a", "b"]]
    assert scene.run() == []  # not before the delay is over
    scene.clock.advance(10)
    assert scene.run() == [["a", "b"]]
    scene.function.answer = lambda _: None
    scene.clock.advance(10)
    assert scene.run() == [["a", "b"], ["c"]]


def test_delays_between_failures_grow_to_ten_seconds() -> None:
    scene = Scene()
    scene.function.answer = lambda _: ValueError()
    scene.stream.put("a")
    scene.start()
    scene.run()
    for delay in (0.5, 1, 2, 4, 8, 10, 10):
        scene.clock.advance(delay - 0.01)
        assert scene.run() == []
        scene.clock.advance(0.01)
        assert scene.run() == [["a"]]


def test_a_partial_response_is_continued_from_the_lowest_failure() -> None:
    scene = Scene()
    numbers = scene.stream.put("a", "b", "c", "d")
    scene.function.answer = lambda data: item_failures(numbers[3], numbers[2]) if "a" in data else None
    scene.start()
    assert scene.run() == [["a", "b", "c", "d"]]
    assert scene.consumer.checkpoint == numbers[1]
    scene.clock.advance(1)
    assert scene.run() == [["c", "d"]]
    assert scene.consumer.checkpoint == numbers[3]


def test_a_retry_takes_no_new_records() -> None:
    scene = Scene()
    numbers = scene.stream.put("a", "b")
    scene.function.answer = lambda data: item_failures(numbers[1]) if "a" in data else None
    scene.start()
    scene.run()
    scene.stream.put("c")
    scene.clock.advance(1)
    assert scene.run() == [["b"], ["c"]]


def test_a_response_counts_only_where_the_mapping_asks_for_it() -> None:
    scene = Scene(reports_item_failures=False)
    numbers = scene.stream.put("a")
    scene.function.answer = lambda _: item_failures(numbers[0])
    scene.start()
    scene.run()
    assert scene.consumer.checkpoint == numbers[0]


def test_a_throttled_batch_is_sent_again() -> None:
    scene = Scene()
    scene.function.answer = lambda _: "throttled"
    scene.stream.put("a")
    scene.start()
    scene.run()
    scene.function.answer = lambda _: None
    scene.clock.advance(1)
    assert scene.run() == [["a"]]


def test_the_iterator_age_is_that_of_the_last_record_at_each_attempt() -> None:
    scene = Scene()
    scene.function.answer = lambda _: ValueError()
    scene.stream.put("a")
    scene.clock.advance(30)
    scene.stream.put("b")
    scene.start()
    scene.clock.advance(5)
    scene.run()
    scene.clock.advance(10)
    scene.run()
    assert scene.ages == [5, 15]


def test_the_event_is_the_one_that_lambda_sends() -> None:
    scene = Scene()
    scene.stream.put("a")
    scene.start()
    scene.run()
    assert json.loads(scene.function.events[0])["Records"] == [
        {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "key",
                "sequenceNumber": "1",
                "data": "YQ==",
                "approximateArrivalTimestamp": START.timestamp(),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "shard-0:1",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:role",
            "awsRegion": "us-east-1",
            "eventSourceARN": ARN,
        }
    ]


@given(
    st.lists(st.integers(0, 40), max_size=6, unique=True),
    st.integers(1, 7),
    st.integers(1, 40),
)
def test_every_record_gets_through_in_order_whatever_fails_once(
    poison: list[int], batch_size: int, count: int
) -> None:
    scene = Scene(batch_size=batch_size)
    numbers = scene.stream.put(*map(str, range(count)))
    unpoisoned = set(poison)
    done: list[int] = []

    def answer(data: list[str]) -> object:
        for text in map(int, data):
            if text in unpoisoned:
                unpoisoned.remove(text)
                return item_failures(numbers[text])
            done.append(text)
        return None

    scene.function.answer = answer
    scene.start()
    while scene.consumer.checkpoint != numbers[-1]:
        scene.run()
        scene.clock.advance(10)
    assert done == list(range(count))


@pytest.mark.parametrize(
    "response", [b"", b"null", b"{}", b'{"batchItemFailures":[]}', b'{"batchItemFailures":null}']
)
def test_an_empty_response_means_success(response: bytes) -> None:
    assert first_failure(response, ["7", "8"]) == 2


@pytest.mark.parametrize(
    "response",
    [
        b'"done"',
        b"{",
        b'{"batchItemFailures":"8"}',
        b'{"batchItemFailures":[{"itemIdentifier":""}]}',
        b'{"batchItemFailures":[{"itemIdentifier":null}]}',
        b'{"batchItemFailures":[{"item":"8"}]}',
        b'{"batchItemFailures":[{"itemIdentifier":"99"}]}',
        b'{"batchItemFailures":["8"]}',
    ],
)
def test_a_response_of_another_shape_fails_the_whole_batch(response: bytes) -> None:
    assert first_failure(response, ["7", "8"]) == 0

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.clock import ManualClock
from infra.local.kinesis.stream_reader import StartingPosition
from infra.local.lambda_.batch_response import first_failure
from infra.local.lambda_.event_filter import compile_filter
from infra.local.lambda_.given_up import Condition, GivenUp
from infra.local.lambda_.lane import PAYLOAD_LIMIT
from infra.local.lambda_.mapping_settings import MappingSettings
from infra.local.lambda_.shard_consumer import ShardConsumer
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
        **settings: Any,
    ) -> None:
        self.clock = ManualClock(START)
        self.stream = FakeStream(self.clock)
        self.function = FakeFunction()
        self.ages: list[float] = []
        self._settings = MappingSettings(
            ARN, "arn:role", "us-east-1", batch_size, batching_window, reports_item_failures, **settings
        )
        self.given_up: list[GivenUp] = []
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
            give_up=self.given_up.append,
        )

    def run(self) -> list[list[str]]:
        """Send all batches that are due and return those sent since the last call."""
        before = len(self.function.batches)
        while due := self.consumer.poll():
            for lane in due:
                lane.send()
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
    assert first_failure(response, ["7", "8"]) is None


def raises_on(*poison: str) -> Callable[[list[str]], object]:
    return lambda data: ValueError() if set(poison) & set(data) else None


def run_for(scene: Scene, seconds: float) -> None:
    for _ in range(int(seconds * 2)):
        scene.run()
        scene.clock.advance(0.5)


def test_a_batch_that_raises_is_split_until_the_bad_record_is_alone() -> None:
    scene = Scene(bisects_on_error=True, maximum_retries=1)
    numbers = scene.stream.put("a", "b", "c", "poison", "e")
    scene.function.answer = raises_on("poison")
    scene.start()
    run_for(scene, 2)
    assert scene.function.batches == [
        ["a", "b", "c", "poison", "e"],
        ["a", "b"],
        ["c", "poison", "e"],
        ["c"],
        ["poison", "e"],
        ["poison"],
        ["poison"],
        ["e"],
    ]
    (given_up,) = scene.given_up
    assert given_up.sequence_numbers == (numbers[3],)
    assert (given_up.condition, given_up.invocations) == (Condition.RETRIES, 5)
    assert scene.consumer.checkpoint == numbers[-1]


def test_without_bisect_the_whole_batch_is_given_up_after_its_retries() -> None:
    scene = Scene(maximum_retries=2)
    numbers = scene.stream.put("a", "poison")
    scene.function.answer = raises_on("poison")
    scene.start()
    run_for(scene, 3)
    assert scene.function.batches == [["a", "poison"]] * 3
    assert scene.given_up[0].sequence_numbers == tuple(numbers)
    assert json.loads(scene.given_up[0].payload) == json.loads(scene.function.events[0])


def test_no_retries_means_one_attempt() -> None:
    scene = Scene(maximum_retries=0)
    scene.stream.put("poison")
    scene.function.answer = raises_on("poison")
    scene.start()
    run_for(scene, 1)
    assert scene.function.batches == [["poison"]]
    assert len(scene.given_up) == 1


def test_a_reported_failure_splits_at_its_number_and_not_in_the_middle() -> None:
    scene = Scene(bisects_on_error=True, maximum_retries=1)
    numbers = scene.stream.put("a", "b", "c", "d")
    scene.function.answer = lambda data: item_failures(numbers[1]) if "b" in data else None
    scene.start()
    run_for(scene, 3)
    assert scene.function.batches == [["a", "b", "c", "d"], ["b", "c", "d"], ["b", "c", "d"]]
    assert scene.given_up[0].sequence_numbers == tuple(numbers[1:])


def test_an_answer_of_another_shape_is_split_like_an_error() -> None:
    scene = Scene(bisects_on_error=True, maximum_retries=0)
    scene.stream.put("a", "b")
    scene.function.answer = lambda data: "nonsense" if "b" in data else None
    scene.start()
    run_for(scene, 1)
    assert scene.function.batches == [["a", "b"], ["a"], ["b"]]


def test_progress_begins_the_count_of_retries_anew() -> None:
    scene = Scene(maximum_retries=1)
    numbers = scene.stream.put("a", "b")
    first_bad = iter([numbers[0], numbers[1], numbers[1]])  # again, progress, again
    scene.function.answer = lambda _: item_failures(number) if (number := next(first_bad, "")) else None
    scene.start()
    run_for(scene, 3)
    assert scene.function.batches == [["a", "b"], ["a", "b"], ["b"], ["b"]]
    assert scene.given_up == []


def test_throttles_spend_no_retries() -> None:
    scene = Scene(maximum_retries=0)
    scene.function.answer = lambda _: "throttled"
    scene.stream.put("a")
    scene.start()
    run_for(scene, 20)
    assert scene.given_up == []
    scene.function.answer = lambda _: None
    run_for(scene, 11)
    assert scene.consumer.checkpoint == "1"


def test_records_that_grow_too_old_are_given_up_and_younger_ones_are_sent() -> None:
    scene = Scene(maximum_record_age=60)
    scene.function.answer = lambda _: "throttled"
    old = scene.stream.put("old")
    scene.start()
    run_for(scene, 40)
    scene.stream.put("young")
    run_for(scene, 25)
    assert [(one.sequence_numbers, one.condition) for one in scene.given_up] == [(tuple(old), Condition.AGE)]
    scene.function.answer = lambda _: None
    run_for(scene, 11)
    assert scene.function.batches[-1] == ["young"]


def test_records_too_old_when_first_read_never_reach_the_function() -> None:
    scene = Scene(maximum_record_age=60)
    scene.stream.put("old")
    scene.clock.advance(61)
    scene.stream.put("young")
    scene.start()
    assert scene.run() == [["young"]]
    assert [(one.invocations, one.request_id) for one in scene.given_up] == [(0, None)]


def test_without_limits_a_batch_is_tried_for_ever() -> None:
    scene = Scene()
    scene.stream.put("a")
    scene.function.answer = raises_on("a")
    scene.start()
    run_for(scene, 600)
    assert len(scene.function.batches) > 50
    assert scene.given_up == []


def test_lanes_send_side_by_side_and_keep_the_order_of_a_key() -> None:
    scene = Scene(batch_size=2, parallelization_factor=4)
    for n in range(6):
        for key in ("one", "two", "three", "four", "five"):
            scene.stream.put(f"{key}-{n}", key=key)
    scene.start()
    due = scene.consumer.poll()
    assert len(due) > 1
    scene.run()
    sent = [text for batch in scene.function.batches for text in batch]
    for key in ("one", "two", "three", "four", "five"):
        assert [text for text in sent if text.startswith(key)] == [f"{key}-{n}" for n in range(6)]


def test_a_lane_that_fails_holds_up_its_own_keys_only() -> None:
    scene = Scene(batch_size=1, parallelization_factor=2)
    scene.function.answer = raises_on("bad")
    scene.stream.put("bad", key="key-0")
    for n in range(20):
        scene.stream.put(f"good-{n}", key=f"key-{n}")
    scene.start()
    run_for(scene, 5)
    sent = [text for batch in scene.function.batches for text in batch if text != "bad"]
    assert 0 < len(sent) < 20
    assert scene.consumer.checkpoint is None  # nothing before `bad` is done


def test_more_lanes_keep_order_and_lose_nothing() -> None:
    scene = Scene(batch_size=100)
    scene.function.answer = raises_on("0")
    scene.stream.put(*map(str, range(10)))
    scene.start()
    scene.run()
    scene.consumer.configure(replace(scene.consumer.lanes[0].settings, parallelization_factor=3))
    assert scene.consumer.needs_other_lanes
    scene.consumer.share_out_again()
    scene.function.answer = lambda _: None
    assert [text for batch in scene.run() for text in batch] == list(map(str, range(10)))


def test_a_record_that_the_filter_drops_is_passed_over() -> None:
    scene = Scene(batch_size=1, event_filter=compile_filter(['{"data": {"kind": ["paid"]}}']))
    scene.stream.put('{"kind": "paid"}', *['{"kind": "shipped"}'] * 10, '{"kind": "paid"}', "no json")
    scene.start()
    assert scene.run() == [['{"kind": "paid"}'], ['{"kind": "paid"}']]
    assert scene.consumer.checkpoint == "13"


@given(
    poison=st.sets(st.integers(0, 30)),
    batch_size=st.integers(1, 12),
    count=st.integers(1, 30),
    factor=st.integers(1, 4),
    bisects=st.booleans(),
)
def test_every_record_is_delivered_or_given_up(
    poison: set[int], batch_size: int, count: int, factor: int, bisects: bool
) -> None:
    scene = Scene(
        batch_size=batch_size, parallelization_factor=factor, bisects_on_error=bisects, maximum_retries=1
    )
    scene.function.answer = raises_on(*map(str, poison))
    numbers = [scene.stream.put(str(n), key=f"key-{n % 7}")[0] for n in range(count)]
    scene.start()
    for _ in range(400):
        scene.run()
        scene.clock.advance(10)
        if scene.consumer.checkpoint == numbers[-1]:
            break
    given_up = {int(number) - 1 for one in scene.given_up for number in one.sequence_numbers}
    delivered = [
        int(text)
        for batch in scene.function.batches
        if not poison & {int(text) for text in batch}
        for text in batch
    ]
    assert sorted([*delivered, *given_up]) == list(range(count))
    if bisects:
        assert given_up == {n for n in poison if n < count}

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from infra.local.clock import ManualClock
from infra.local.lambda_.mapping_settings import MappingSettings
from infra.local.lambda_.mappings import Mappings, MappingSpec
from tests.unit.local.lambda_.fake_stream import ARN, START, FakeFunction, FakeStream

SETTINGS = MappingSettings(ARN, "arn:role", "us-east-1", batch_size=10)
SPEC = MappingSpec("mapping", "123456789012", "arn:function", True, "TRIM_HORIZON", SETTINGS)


class Scene:
    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.stream = FakeStream(self.clock)
        self.function = FakeFunction()
        self.specs = [SPEC]
        self.mappings = Mappings(
            specs=lambda: self.specs,
            reader=lambda _: self.stream,
            invoke=lambda _, event: self.function(event),
            report_age=lambda _arn, _seconds: None,
            clock=self.clock,
        )

    def tick_until(self, is_done: Callable[[], bool]) -> None:
        """Batches run in threads: tick until they have done what the test waits for."""
        deadline = time.monotonic() + 10
        while not is_done():
            assert time.monotonic() < deadline, self.function.batches
            self.mappings.tick()
            time.sleep(0.001)

    def sent(self) -> list[str]:
        return [text for batch in self.function.batches for text in batch]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.mappings.stop()


def test_an_enabled_mapping_feeds_its_function(scene: Scene) -> None:
    scene.stream.put("a", "b")
    scene.tick_until(lambda: scene.sent() == ["a", "b"])


def test_a_disabled_mapping_goes_on_where_it_stopped(scene: Scene) -> None:
    scene.stream.put("a")
    scene.tick_until(lambda: scene.mappings.checkpoints("mapping") == {"shard-0": "1"})
    scene.specs = [replace(SPEC, is_enabled=False)]
    scene.stream.put("b")
    for _ in range(5):
        scene.mappings.tick()
    assert scene.sent() == ["a"]
    scene.specs = [SPEC]
    scene.tick_until(lambda: scene.sent() == ["a", "b"])


def test_a_child_shard_waits_for_the_end_of_its_parent(scene: Scene) -> None:
    scene.function.answer = lambda _: ValueError()
    scene.stream.put("parent")
    scene.tick_until(lambda: scene.sent() == ["parent"])
    scene.stream.add_child("shard-1", "shard-0")
    scene.stream.put("child", shard="shard-1")
    for _ in range(5):
        scene.mappings.tick()
    assert "child" not in scene.sent()
    scene.function.answer = lambda _: None
    scene.clock.advance(10)
    scene.tick_until(lambda: scene.sent() == ["parent", "parent", "child"])


def test_a_child_of_a_latest_mapping_is_read_from_its_beginning(scene: Scene) -> None:
    scene.specs = [replace(SPEC, starting_position="LATEST")]
    scene.mappings.tick()
    scene.stream.add_child("shard-1", "shard-0")
    scene.stream.put("child", shard="shard-1")
    scene.tick_until(lambda: scene.sent() == ["child"])


def test_a_deleted_mapping_sends_nothing_more(scene: Scene) -> None:
    scene.mappings.tick()
    scene.specs = []
    scene.stream.put("a")
    for _ in range(5):
        scene.mappings.tick()
    assert scene.sent() == []


def test_a_drain_feeds_what_waits_for_its_window(scene: Scene) -> None:
    scene.specs = [replace(SPEC, settings=replace(SETTINGS, batching_window=300))]
    scene.stream.put("a")
    scene.mappings.drain(5)
    assert scene.sent() == ["a"]


def test_a_drain_does_not_wait_for_a_failing_batch(scene: Scene) -> None:
    scene.function.answer = lambda _: ValueError()
    scene.stream.put("a")
    began = time.monotonic()
    scene.mappings.drain(30)
    assert time.monotonic() - began < 10
    assert scene.sent() == ["a"]


def test_a_deleted_stream_stops_its_mapping_quietly(scene: Scene) -> None:
    scene.mappings.tick()
    scene.specs = [replace(SPEC, settings=replace(SETTINGS, stream_arn=f"{ARN}-gone"))]
    scene.mappings.tick()
    assert scene.mappings.checkpoints("mapping") == {}

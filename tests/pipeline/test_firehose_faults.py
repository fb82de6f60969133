"""Firehose refuses some entries, then all, then none: nothing is lost, and the iterator's age shows it."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from infra.local.cloudwatch.metric_store import Metric
from infra.local.firehose.engine import FirehoseEngine
from infra.local.playback import PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from orderlake.aws import Aws, connect, use_local_credentials
from orderlake.ledger.audit import Audit, audit
from orderlake.sending import SendingDisplay, send_run
from producer.pace import FullSpeed, SteadyPace
from producer.simulator import ShopSettings, simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RATE = 100.0
SOME_SECONDS = 5.0
ALL_SECONDS = 20.0
WELL_SECONDS = 5.0


class Faults:
    """What part of the entries Firehose refuses now."""

    def __init__(self) -> None:
        self.part = 0.0
        self.refused = 0
        self._random = random.Random(3)

    def __call__(self, _stream: str, _record: bytes) -> bool:
        is_refused = self._random.random() < self.part
        self.refused += is_refused
        return is_refused


@dataclass(frozen=True)
class Scene:
    embedded: EmbeddedAws
    aws: Aws
    faults: Faults

    def send(self, count: int | None, seconds: float | None) -> None:
        shop = ShopSettings(seed=11, start=datetime.now(UTC), events_per_second=RATE)
        drafts = simulate(shop) if count is None else islice(simulate(shop), count)
        pace = FullSpeed() if seconds is None else SteadyPace(RATE, seconds)
        with SendingDisplay("orders", count) as display:
            send_run(self.aws, "test", drafts, pace, threading.Event(), display)

    def audit(self) -> Audit:
        return audit(self.aws, "bronze", 90)

    def ages(self) -> tuple[float, float, float]:
        """How many iterator ages were reported, their sum and the highest, in seconds."""
        metric = Metric.of("AWS/Lambda", "IteratorAge", {"FunctionName": self.aws.stack.ingest_function})
        now = datetime.now(UTC)
        start = (now - timedelta(hours=1)).replace(second=0, microsecond=0)
        found = self.embedded.metrics.read(metric, start, now + timedelta(minutes=1), 7200).values()
        return (
            sum(one.count for one in found),
            sum(one.total for one in found) / 1000,
            max((one.maximum for one in found), default=0.0) / 1000,
        )


@contextmanager
def local_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        use_local_credentials()
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """The pipeline in this process, where Firehose can be made to refuse."""
    with local_environment(), EmbeddedAws() as embedded:
        settings = PlaybackSettings(buffer_seconds=1, schedule_enabled=False)
        play(embedded.endpoint_url, deployables(), settings)
        engine = embedded.engines["firehose"]
        assert isinstance(engine, FirehoseEngine)
        faults = Faults()
        engine.refuses = faults
        scene = Scene(embedded, connect(embedded.endpoint_url, None, "dev"), faults)
        # With a minute to spare one invocation would sit the outage out, and report no age meanwhile.
        scene.aws.session.client("lambda").update_function_configuration(
            FunctionName=scene.aws.stack.ingest_function, Timeout=8
        )
        yield scene


def test_the_audit_balances_and_the_iterator_age_rises_and_falls(scene: Scene) -> None:
    scene.send(50, None)
    assert scene.audit().balanced
    before = scene.ages()[2]

    load = threading.Thread(target=scene.send, args=(None, SOME_SECONDS + ALL_SECONDS + WELL_SECONDS))
    load.start()
    for part, seconds in ((0.3, SOME_SECONDS), (1.0, ALL_SECONDS), (0.0, WELL_SECONDS)):
        scene.faults.part = part
        time.sleep(seconds)
    load.join()
    ledgers = scene.audit()
    count, total, highest = scene.ages()
    scene.send(50, None)
    assert scene.audit().balanced
    count_after, total_after, _ = scene.ages()

    assert scene.faults.refused > 0
    assert ledgers.balanced
    assert ledgers.lake.given_up == ledgers.lake.quarantine == 0
    assert before < 10
    assert highest > ALL_SECONDS / 2
    assert (total_after - total) / (count_after - count) < 10

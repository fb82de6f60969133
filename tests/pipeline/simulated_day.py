"""A day in minutes: orders spread over 24 hours of a set clock, on a pipeline in this process."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import boto3

from infra.local.clock import ManualClock
from infra.local.playback import PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from infra.stack import Profile, Stack
from producer.draft import EventDraft, Numberer
from producer.simulator import ShopSettings, simulate

MINUTES = 24 * 60
_SETTLE_SECONDS = 0.02
_JOB_SECONDS = 120.0


@dataclass(frozen=True)
class DaySettings:
    """What happens in the day; seconds are the set clock's."""

    profile: Profile = "stream"
    records: int = 30_000
    shards: int = 1
    window_seconds: int = 50
    buffer_seconds: int = 900
    refreshes: int = 4


class SimulatedDay:
    """Sends, waits and runs the jobs; `usage` is what the embedded AWS counted in the day alone."""

    def __init__(self, aws: EmbeddedAws, clock: ManualClock, stack: Stack, settings: DaySettings) -> None:
        self._aws = aws
        self._clock = clock
        self._stack = stack
        self._settings = settings
        self._client: Any = boto3.Session("any", "any", region_name="us-east-1").client
        self._numberer = Numberer("simulated-day")
        self.bytes_sent = 0

    def run(self) -> Mapping[str, Decimal]:
        aws, settings = self._aws, self._settings
        aws.tick()
        before = aws.meter.usage()
        orders = _orders(settings.records)
        for minute in range(1, MINUTES + 1):
            due = settings.records * minute // MINUTES - settings.records * (minute - 1) // MINUTES
            self._send(list(islice(orders, due)))
            time.sleep(_SETTLE_SECONDS)  # the function's window opens
            self._advance(60)
            if minute % (MINUTES // settings.refreshes) == 0:
                self._refresh()
        aws.tick()
        after = aws.meter.usage()
        return {name: count - before.get(name, Decimal(0)) for name, count in after.items()}

    def _send(self, drafts: list[EventDraft]) -> None:
        events = [self._numberer.number(draft)[1] for draft in drafts]
        self.bytes_sent += sum(map(len, events))
        if self._settings.profile == "direct":
            self._call("firehose").put_record_batch(
                DeliveryStreamName=self._stack.stream_name, Records=[{"Data": event} for event in events]
            )
            return
        self._call("kinesis").put_records(
            StreamName=self._stack.stream_name,
            Records=[
                {"Data": event, "PartitionKey": draft.partition_key}
                for event, draft in zip(events, drafts, strict=True)
            ],
        )

    def _advance(self, seconds: float) -> None:
        self._clock.advance(seconds)
        self._aws.tick()
        time.sleep(_SETTLE_SECONDS)  # for the threads that read the stream

    def _refresh(self) -> None:
        glue = self._call("glue")
        for job in ("silver", "gold"):
            run = glue.start_job_run(JobName=self._stack.jobs[job])["JobRunId"]
            deadline = time.monotonic() + _JOB_SECONDS
            state = ""
            while state not in {"SUCCEEDED", "FAILED", "TIMEOUT"} and time.monotonic() < deadline:
                time.sleep(0.1)
                state = glue.get_job_run(JobName=self._stack.jobs[job], RunId=run)["JobRun"]["JobRunState"]
            assert state == "SUCCEEDED", f"{job} ended {state}"

    def _call(self, service: str) -> Any:
        return self._client(service, endpoint_url=self._aws.endpoint_url)


@contextmanager
def simulated_day(settings: DaySettings) -> Iterator[SimulatedDay]:
    """A pipeline on a set clock that begins now; functions and jobs read the machine's."""
    clock = ManualClock(datetime.now(UTC))
    before = dict(os.environ)
    with EmbeddedAws(clock=clock, tick=False) as aws:
        sizes = PlaybackSettings(
            profile=settings.profile,
            shards=settings.shards,
            buffer_seconds=settings.buffer_seconds,
            batch_window_seconds=settings.window_seconds,
            schedule_enabled=False,
        )
        stack = play(aws.endpoint_url, deployables(), sizes)
        try:
            yield SimulatedDay(aws, clock, stack, settings)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _orders(records: int) -> Iterator[EventDraft]:
    start = datetime.now(UTC) - timedelta(hours=25)
    shop = ShopSettings(seed=7, start=start, events_per_second=records / 86_400, life_speed=1)
    return iter(simulate(shop))

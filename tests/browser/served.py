"""A pipeline with two months of a shop's past, and the dashboard over it."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from uuid import uuid4

import orjson

from orderlake.sending import send_run
from producer.contract import CURRENT_SCHEMA_VERSION, StockAdjusted
from producer.contract_payloads import StockAdjustedPayload
from producer.draft import EventDraft, draft_of
from producer.pace import FullSpeed
from producer.run import RunProgress
from producer.simulator import ShopSettings, simulate
from tests.embedded_pipeline import Pipeline

DAYS = 70
EVENTS = 6_000
HOUR_EVENTS = 4_500
SHORT = 8
READY = "ready: "


class _Silent:
    def sent(self, progress: RunProgress) -> None:
        """Nobody watches."""


def fill(pipeline: Pipeline) -> None:
    """Send the past, rejected records and a few orders of now, and run both jobs."""
    past = _simulated(timedelta(days=DAYS), seed=7, events=EVENTS)
    _send(pipeline, past)
    pipeline.orderlake("produce", "--records", "300", "--seed", "8", "--faults", "malformed=3%")
    _send(pipeline, _counted_short(past))
    pipeline.audit("bronze")
    pipeline.run_jobs()


def send_an_hour(pipeline: Pipeline) -> None:
    """Send what happened in the last hour."""
    _send(pipeline, _simulated(timedelta(hours=1), seed=9, events=HOUR_EVENTS))


def _simulated(length: timedelta, seed: int, events: int) -> list[EventDraft]:
    """About so many events of the time up to now."""
    now = datetime.now(UTC)
    shop = ShopSettings(
        seed=seed,
        start=now - length,
        events_per_second=events / length.total_seconds(),
        life_speed=1,
        rhythm=True,
        customers=600,
        products=60,
    )
    return list(takewhile(lambda draft: draft.occurred_at < now.isoformat(), simulate(shop)))


def _send(pipeline: Pipeline, drafts: Iterable[EventDraft]) -> None:
    send_run(pipeline.aws, "past", drafts, FullSpeed(), threading.Event(), _Silent(), source="simulator")


def _counted_short(past: Sequence[EventDraft]) -> Iterator[EventDraft]:
    """The products that sold most often are counted, and few are left."""
    placed = [orjson.loads(draft.payload) for draft in past if draft.event_type == "order_placed"]
    sold = Counter(line["sku"] for order in placed for line in order["lines"])
    for left, (sku, _) in enumerate(sold.most_common(SHORT)):
        yield draft_of(
            StockAdjusted(
                event_id=uuid4(),
                schema_version=CURRENT_SCHEMA_VERSION,
                occurred_at=datetime.now(UTC),
                producer_id="count",
                sequence=1,
                payload=StockAdjustedPayload(sku=sku, kind="count", quantity=10 * left),
            )
        )


@contextmanager
def served_dashboard(pipeline: Pipeline, *options: str) -> Iterator[str]:
    """The dashboard's address, while it is served."""
    child = subprocess.Popen(
        [sys.executable, "-m", "orderlake", "dashboard", "--port", "0", *options],
        env=pipeline.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        yield child.stdout.readline().removeprefix(READY).strip()
    finally:
        child.terminate()
        child.wait(20)
        child.stdout.close()

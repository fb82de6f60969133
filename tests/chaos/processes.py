"""Producers and jobs as processes of their own, which can be killed; forked from one that has imports."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson
from botocore.exceptions import EndpointConnectionError

from glue.jobs import entry, gold, silver
from orderlake.aws import Aws, connect
from orderlake.sending import send_run
from producer.draft import EventDraft
from producer.pace import SteadyPace
from producer.run import RunProgress
from producer.simulator import ShopSettings, simulate
from producer.spool import Spool
from tests.chaos.gate import JOB_KEY, PRODUCER_KEY

PARAMETER = "/orderlake/dev/stack"
_JOBS = {"silver": silver.job, "gold": gold.job}
_FULL_DISK_BYTES = 4_096
_STARTS = 100

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.chaos.seed"])


@dataclass(frozen=True)
class Shop:
    """What a producer sends, and where it writes down what it is about to send."""

    seed: int
    start: datetime
    records: int
    rate: float
    record: Path
    spool: Path | None = None
    has_full_disk: bool = False


def start_producer(endpoint_url: str, shop: Shop) -> BaseProcess:
    return _start(_produce, endpoint_url, shop)


def start_job(endpoint_url: str, name: str, log: Path, *, has_full_disk: bool = False) -> BaseProcess:
    return _start(_run_job, endpoint_url, name, log, has_full_disk)


def _start(function: Any, *arguments: Any) -> BaseProcess:
    process = context.Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def _produce(endpoint_url: str, shop: Shop) -> None:
    _settle_in(endpoint_url, PRODUCER_KEY, shop.record.with_suffix(".log"))
    settings = ShopSettings(seed=shop.seed, start=shop.start, events_per_second=shop.rate)
    aws = _connected(endpoint_url)
    drafts = _recorded(islice(simulate(settings), shop.records), shop.record)
    spool = Spool(shop.spool) if shop.spool else None
    if shop.has_full_disk:
        _fill_disk(_FULL_DISK_BYTES * 64)
    send_run(aws, "chaos", drafts, SteadyPace(shop.rate, None), threading.Event(), _Silent(), spool=spool)


def _connected(endpoint_url: str) -> Aws:
    """As a shop's supervisor has it: what finds its endpoint away is started again, until it is there."""
    aws = connect(endpoint_url, None, "dev")
    for _ in range(_STARTS):
        try:
            aws.stack  # noqa: B018 - reads it
        except EndpointConnectionError:
            time.sleep(0.1)
        else:
            break
    return aws


def _recorded(drafts: Iterator[EventDraft], record: Path) -> Iterator[EventDraft]:
    """Every draft is in the record, and on its way to the disk, before it is sent."""
    with record.open("ab", buffering=0) as file:
        for draft in drafts:
            line = {
                "event_id": draft.event_id,
                "event_type": draft.event_type,
                "occurred_at": draft.occurred_at,
                "payload": orjson.loads(draft.payload),
            }
            file.write(orjson.dumps(line) + b"\n")
            yield draft


class _Silent:
    def sent(self, progress: RunProgress) -> None:
        """Nobody looks."""


def _run_job(endpoint_url: str, name: str, log: Path, has_full_disk: bool) -> None:
    _settle_in(endpoint_url, f"{JOB_KEY}{os.getpid()}", log)
    if has_full_disk:
        _fill_disk(_FULL_DISK_BYTES)
    sys.exit(entry.main(_JOBS[name], ["--stack-parameter", PARAMETER]))


def _settle_in(endpoint_url: str, access_key: str, log: Path) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.environ.update(
        AWS_ENDPOINT_URL=endpoint_url,
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID=access_key,
        AWS_SECRET_ACCESS_KEY="any",
    )


def _fill_disk(size: int) -> None:
    """From now on no file grows beyond `size`; Python gets an OSError for it, as from a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

"""A producer run into nothing, which prints its resident MiB after a fifth of the events and after all.

`python -m tests.benchmarks.endless_run EVENTS none|spool`
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from producer.draft import EventDraft
from producer.journal import Journal
from producer.manifest import start_run
from producer.run import send
from producer.simulator import ShopSettings, simulate
from producer.spool import Spool
from producer.stream import OrderStream, StreamSettings

_PAGE_BYTES = 4_096


class NullKinesis:
    """One shard that takes every record and keeps none."""

    def put_records(self, *, StreamName: str, Records: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        taken = [{"SequenceNumber": "1", "ShardId": "shard"} for _ in Records]
        return {"FailedRecordCount": 0, "Records": taken}

    def list_shards(self, **_: object) -> dict[str, Any]:
        shard = {"ShardId": "shard", "HashKeyRange": {"StartingHashKey": "0"}, "SequenceNumberRange": {}}
        return {"Shards": [shard]}


class NullStore:
    """Keeps no manifest."""

    def put(self, key: str, body: bytes) -> None:
        """Forget it."""


def print_resident() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    print(pages * _PAGE_BYTES / 2**20)


def drafts(events: int) -> Iterator[EventDraft]:
    shop = simulate(ShopSettings(seed=1, start=datetime.now(UTC), events_per_second=10_000))
    for number, draft in enumerate(islice(shop, events), start=1):
        if number == events // 5:
            print_resident()
        yield draft


def main(events: int, spool: Spool | None) -> None:
    run = start_run(producer_id="p", command="c", stream_name="s", started_at=datetime.now(UTC))
    if spool is not None:
        spool.begin(run)
    journal = Journal(NullStore(), run)
    stream = OrderStream(
        cast("Any", NullKinesis()),
        StreamSettings(stream_name="s"),
        on_acknowledged=journal.acknowledge,
        spool=spool,
    )
    report = send(drafts(events), stream, journal)
    assert report.acknowledged == events
    print_resident()


if __name__ == "__main__":
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory()))
        main(int(sys.argv[1]), open_things.enter_context(Spool(folder)) if sys.argv[2] == "spool" else None)

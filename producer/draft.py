"""An event before it has its place in a run.

Sources (order files, the simulator) make drafts; a run gives each its `producer_id` and `sequence`
and so makes it an event. The payload is JSON already, which is what makes sources fast: tests, not
every run, hold them to the contract.
"""

from typing import NamedTuple

import orjson

from producer.contract import CURRENT_SCHEMA_VERSION, OrderEvent, encode, partition_key


class EventDraft(NamedTuple):
    """`event_id` is a UUID, `occurred_at` RFC 3339 in UTC ending in `Z`, `payload` the payload's JSON."""

    event_id: str
    event_type: str
    occurred_at: str
    partition_key: str
    payload: str
    fault: str | None = None
    """What was done to it on purpose (`producer.faults`)."""


def draft_of(event: OrderEvent) -> EventDraft:
    """Take an event's place in its run away."""
    document = orjson.loads(encode(event))
    return EventDraft(
        document["event_id"],
        document["event_type"],
        document["occurred_at"],
        partition_key(event),
        orjson.dumps(document["payload"]).decode(),
    )


class Numberer:
    """Gives drafts their places 1, 2, 3… in the run `producer_id`."""

    def __init__(self, producer_id: str) -> None:
        self._producer = orjson.dumps(producer_id).decode()
        self._sequence = 0

    @property
    def last(self) -> int:
        """The highest sequence given, 0 before the first."""
        return self._sequence

    def number(self, draft: EventDraft) -> tuple[int, bytes]:
        """The draft's sequence, and the event as `contract.encode` would write it."""
        self._sequence += 1
        event_id, event_type, occurred_at, _, payload, _ = draft
        text = (
            f'{{"event_id":"{event_id}","schema_version":{CURRENT_SCHEMA_VERSION},'
            f'"occurred_at":"{occurred_at}","producer_id":{self._producer},"sequence":{self._sequence},'
            f'"event_type":"{event_type}","payload":{payload}}}'
        )
        return self._sequence, text.encode()

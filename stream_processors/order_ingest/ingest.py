"""The functions' work: every record of a batch judged, and delivered or left to the redelivery."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import orjson

from stream_processors.contract import BronzeEvent, Coordinates, RejectionReason
from stream_processors.errors import PseudonymKeyUnavailableError
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.quarantine import Quarantine


class Bronze(Protocol):
    """Where accepted events go during one invocation, in the terms of `DeliveryStream`."""

    error_codes: Counter[str]

    @property
    def undelivered_from(self) -> int | None: ...
    def add(self, document: bytes, position: int) -> None: ...
    def flush(self) -> None: ...
    def give_up_from(self, position: int) -> None: ...


class StreamRecord(NamedTuple):
    """One record of a batch, from Kinesis or from Firehose."""

    place: Coordinates
    partition_key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    `accepted` and `rejected` count what was judged, redeliveries among it; `duplicates` those of them
    that were judged before. `undelivered_from` is the position in the batch of the first record that is
    not wholly in Firehose, None when all are.
    """

    accepted: int
    rejected: Counter[RejectionReason]
    duplicates: int
    undelivered_from: int | None


class RecentlySeen:
    """Remembers between `most` and twice as many ids: enough to notice what Lambda redelivers at once."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._ids: set[str] = set()
        self._older: set[str] = set()

    def add(self, identity: str) -> bool:
        """Remember it; whether it was remembered already."""
        is_known = identity in self._ids or identity in self._older
        self._ids.add(identity)
        if len(self._ids) >= self._most:
            self._ids, self._older = set(), self._ids
        return is_known


def ingest(
    records: Iterable[StreamRecord],
    judge: Judge,
    bronze: Bronze,
    quarantine: Quarantine,
    seen: RecentlySeen,
) -> Outcome:
    """Judge the records in order and deliver the verdicts.

    Judging ends where delivery did: what comes after the first undeliverable record is redelivered
    with it, so sending it now would only make duplicates.

    Raises:
        DeliveryRefusedError: Firehose, S3 or SSM will never do what it was asked.
        SettingsError: an event names a customer and the function was not told where the key is.
    """
    accepted = duplicates = 0
    rejected: Counter[RejectionReason] = Counter()
    for position, record in enumerate(records):
        try:
            for verdict in judge.record(record.data, record.partition_key, record.place):
                if isinstance(verdict, BronzeEvent):
                    bronze.add(orjson.dumps(verdict._asdict()), position)
                    accepted += 1
                    duplicates += seen.add(verdict.event_id)
                else:
                    quarantine.add(verdict, position)
                    rejected[verdict.reason] += 1
                    duplicates += seen.add(verdict.quarantine_id)
        except PseudonymKeyUnavailableError as error:
            bronze.error_codes[error.code] += 1
            bronze.give_up_from(position)
        if bronze.undelivered_from is not None or quarantine.undelivered_from is not None:
            break
    bronze.flush()
    quarantine.flush()
    stops = [s for s in (bronze.undelivered_from, quarantine.undelivered_from) if s is not None]
    return Outcome(accepted, rejected, duplicates, min(stops, default=None))

"""The function's work: every record of a batch judged, and delivered or left to the redelivery."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from stream_processors.contract import BronzeEvent, Coordinates, RejectionReason
from stream_processors.order_ingest.delivery import DeliveryStream
from stream_processors.order_ingest.judge import judge_record
from stream_processors.order_ingest.quarantine import Quarantine


class StreamRecord(NamedTuple):
    """One Kinesis record of a batch."""

    place: Coordinates
    partition_key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    `accepted` and `rejected` count what was judged, redeliveries among it. `undelivered_from` is the
    position in the batch of the first record that is not wholly in Firehose, None when all are.
    """

    accepted: int
    rejected: Counter[RejectionReason]
    undelivered_from: int | None


def ingest(
    records: Iterable[StreamRecord], bronze: DeliveryStream, quarantine: Quarantine, at: int
) -> Outcome:
    """Judge the records in order and deliver the verdicts; `at` is now, in epoch microseconds.

    Judging ends where delivery did: what comes after the first undeliverable record is redelivered
    with it, so sending it now would only make duplicates.

    Raises:
        DeliveryRefusedError: Firehose or S3 will never take what it was sent.
    """
    accepted = 0
    rejected: Counter[RejectionReason] = Counter()
    for position, record in enumerate(records):
        for verdict in judge_record(record.data, record.partition_key, record.place, at):
            if isinstance(verdict, BronzeEvent):
                bronze.add(orjson.dumps(verdict._asdict()), position)
                accepted += 1
            else:
                quarantine.add(verdict, position)
                rejected[verdict.reason] += 1
        if bronze.undelivered_from is not None or quarantine.undelivered_from is not None:
            break
    bronze.flush()
    quarantine.flush()
    stops = [s for s in (bronze.undelivered_from, quarantine.undelivered_from) if s is not None]
    return Outcome(accepted, rejected, min(stops, default=None))

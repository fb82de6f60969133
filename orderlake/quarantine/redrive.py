"""Sends planned events again, and writes down who sent what, when."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

import orjson

from orderlake.aws import Aws
from orderlake.quarantine.plan import Planned
from orderlake.sending import SendingDisplay, send_run
from producer.draft import EventDraft
from producer.pace import FullSpeed
from producer.run import RunReport
from producer.stream import Record

REDRIVES: Final = "redrives/"


class Reason(NamedTuple):
    """What the audit table says of a redrive as a whole."""

    fix: str | None
    condition: str | None
    redriven_by: str


class ObjectWriter(Protocol):
    """The part of an S3 client that is used."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> object: ...  # noqa: N803


def caller(aws: Aws) -> str:
    """The ARN of who runs this."""
    return aws.session.client("sts").get_caller_identity()["Arn"]


def send_again(
    aws: Aws, planned: Sequence[Planned], reason: Reason, stop: threading.Event, display: SendingDisplay
) -> RunReport:
    """Send what can be sent, as one run with a manifest of its own.

    Each answer of the stream is written to the table quarantine_redrives before the next request: what is
    not there yet when this is killed is sent once more next time, under the same event id.
    """
    ready = [one for one in planned if one.draft is not None]
    stack = aws.stack
    log = RedriveLog(aws.session.client("s3"), stack.lake_bucket, stack.audit_prefix, ready, reason)
    return send_run(
        aws,
        "redrive",
        _drafts(ready),
        FullSpeed(),
        stop,
        display,
        source=ready[0].record.origin if ready else None,
        on_acknowledged=log.write,
    )


def _drafts(planned: Sequence[Planned]) -> Iterator[EventDraft]:
    return (one.draft for one in planned if one.draft is not None)


class RedriveLog:
    """Writes rows of quarantine_redrives; a run's sequence n is the n-th of `planned`."""

    def __init__(
        self,
        s3: ObjectWriter,
        bucket: str,
        audit_prefix: str,
        planned: Sequence[Planned],
        reason: Reason,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = f"{audit_prefix}{REDRIVES}"
        self._planned = planned
        self._reason = reason
        self._now = now

    def write(self, producer_id: str, records: Sequence[Record]) -> None:
        """Write one object for what the stream acknowledged at once."""
        now = self._now()
        lines = b"".join(
            orjson.dumps(self._row(producer_id, record, now), option=orjson.OPT_APPEND_NEWLINE)
            for record in records
        )
        first = min(record.sequence for record in records)
        key = f"{self._prefix}redriven_hour={now:%Y-%m-%d-%H}/{producer_id}-{first:09d}.json"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=lines, ContentType="application/x-ndjson")

    def _row(self, producer_id: str, record: Record, now: datetime) -> dict[str, object]:
        one = self._planned[record.sequence - 1]
        assert one.draft is not None  # noqa: S101 - `planned` holds nothing else
        return {
            "origin": one.record.origin,
            "origin_id": one.record.origin_id,
            "reason": one.record.reason,
            "producer_id": producer_id,
            "sequence": record.sequence,
            "event_id": one.draft.event_id,
            "event_type": one.draft.event_type,
            "raw_sha256": hashlib.sha256(one.record.raw).hexdigest(),
            "fix": self._reason.fix,
            "condition": self._reason.condition,
            "redriven_by": self._reason.redriven_by,
            "redriven_at": int(now.timestamp() * 1_000_000),
        }

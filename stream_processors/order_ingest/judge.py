"""Judges bytes: an event for bronze, or a rejection with its reason. Pure but for the key of pseudonyms.

Duplicate keys of a JSON object: the last one wins, for the verdict as for what a rejection quotes.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from producer.aggregation import AggregateFault, AggregateProblem, unpack
from stream_processors.contract import (
    MAX_DOCUMENT_BYTES,
    BronzeEvent,
    Coordinates,
    RejectedEvent,
    RejectionReason,
)
from stream_processors.order_ingest.examination import (
    SOURCE_LINE_REJECTED,
    Broken,
    examine,
    partition_key,
)
from stream_processors.order_ingest.personal_data import PseudonymKey, pseudonymise
from stream_processors.order_ingest.rules import BrokenRule, as_json, reason_of

Verdict = BronzeEvent | RejectedEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_RULE_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Characters of a payload: each becomes at most four bytes of the document.
_SURELY_FITS: Final = 200 * 1024
_MAX_QUOTED: Final = 256


class _Quoted(NamedTuple):
    """What a rejection says of the event, where it could be read."""

    event_id: str | None = None
    event_type: str | None = None
    producer_id: str | None = None
    sequence: int | None = None


_AGGREGATE_REASONS: Final[Mapping[AggregateFault, RejectionReason]] = {
    AggregateFault.CHECKSUM_MISMATCH: RejectionReason.AGGREGATE_CHECKSUM_MISMATCH,
    AggregateFault.UNREADABLE: RejectionReason.AGGREGATE_UNREADABLE,
}
_NOTHING: Final = _Quoted()
_NO_PARTS: Final = BrokenRule(
    RejectionReason.AGGREGATE_UNREADABLE, "aggregate_empty", "", "Aggregate should hold a user record"
)
_TOO_LARGE_FOR_BRONZE: Final = BrokenRule(
    RejectionReason.TOO_LARGE,
    "document_too_large",
    "",
    f"The event's row in bronze should have at most {MAX_DOCUMENT_BYTES} bytes as JSON",
)


class Judge:
    """Judges the records of one invocation, which happens `at` (epoch microseconds UTC).

    What happened later than `tolerance_seconds` from then is refused. `pseudonym_key` is called when an
    event names a customer; what it raises ends the judging of the record.
    """

    def __init__(self, at: int, tolerance_seconds: float, pseudonym_key: Callable[[], PseudonymKey]) -> None:
        self._at = at
        self._latest = _EPOCH + timedelta(microseconds=at, seconds=tolerance_seconds)
        self._pseudonym_key = pseudonym_key

    def record(self, data: bytes, partition_key: str, place: Coordinates) -> Iterator[Verdict]:
        """Judge every sub-record of one Kinesis record, in order; a plain record is its own only one.

        `place` is the record's. An aggregate that cannot be taken apart, or is empty, is one rejection
        with all its bytes: no record is without a row.
        """
        parts = unpack(data, partition_key)
        if isinstance(parts, AggregateProblem):
            yield _reject(data, place, self._at, [_aggregate_rule(parts)])
            return
        if not parts:
            yield _reject(data, place, self._at, [_NO_PARTS])
            return
        stream_name, shard_id, sequence_number, _, arrived_at = place
        for number, part in enumerate(parts):
            yield self.event(
                part.data, Coordinates(stream_name, shard_id, sequence_number, number, arrived_at)
            )

    def event(self, data: bytes, place: Coordinates) -> Verdict:
        """Judge the bytes of one event."""
        found = examine(data, self._latest)
        if isinstance(found, Broken):
            return _reject(data, place, self._at, found.rules, _quote(found.document))
        version, event = found
        event_type, payload = event["event_type"], event["payload"]
        if event_type == SOURCE_LINE_REJECTED:
            return _reject_source_line(data, place, self._at, event)
        if customer := payload.get("customer"):
            payload["customer"] = pseudonymise(customer, self._pseudonym_key())
        text = orjson.dumps(payload).decode()
        row = BronzeEvent(
            str(event["event_id"]),
            event_type,
            version,
            (event["occurred_at"] - _EPOCH) // _MICROSECOND,
            event["producer_id"],
            event["sequence"],
            partition_key(payload),
            text,
            *place,
            self._at,
        )
        if len(text) > _SURELY_FITS and len(orjson.dumps(row._asdict())) > MAX_DOCUMENT_BYTES:
            return _reject(data, place, self._at, [_TOO_LARGE_FOR_BRONZE], _quote(event))
        return row


def _reject_source_line(data: bytes, place: Coordinates, at: int, event: Mapping[str, Any]) -> RejectedEvent:
    stated = event["payload"]["reason"]
    rule = BrokenRule(
        RejectionReason.SOURCE_LINE_REJECTED,
        # A sentence may quote the line; a code cannot.
        stated if _RULE_CODE.fullmatch(stated) else "unnamed",
        "payload.raw_line",
        "The order file's reader could not make an event of the line",
    )
    return _reject(data, place, at, [rule], _quote(event))


def _aggregate_rule(problem: AggregateProblem) -> BrokenRule:
    return BrokenRule(_AGGREGATE_REASONS[problem.fault], problem.code, "", problem.message)


def _reject(
    data: bytes, place: Coordinates, at: int, rules: Sequence[BrokenRule], quoted: _Quoted = _NOTHING
) -> RejectedEvent:
    return RejectedEvent(
        place.quarantine_id(),
        reason_of(rules),
        as_json(rules),
        b64encode(data).decode(),
        None,
        sha256(data).hexdigest(),
        len(data),
        quoted.event_id,
        quoted.event_type,
        quoted.producer_id,
        quoted.sequence,
        place.stream_name,
        place.shard_id,
        place.sequence_number,
        place.sub_sequence_number,
        place.arrived_at,
        at,
    )


def _quote(document: object) -> _Quoted:
    if not isinstance(document, dict):
        return _NOTHING
    event_id, sequence = document.get("event_id"), document.get("sequence")
    return _Quoted(
        _short_text(str(event_id) if isinstance(event_id, UUID) else event_id),
        _short_text(document.get("event_type")),
        _short_text(document.get("producer_id")),
        sequence if type(sequence) is int and -(2**63) <= sequence < 2**63 else None,
    )


def _short_text(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MAX_QUOTED else None

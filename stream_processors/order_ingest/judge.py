"""Judges bytes: an event for bronze, or a rejection with its reason. Pure but for the key of pseudonyms.

Duplicate keys of a JSON object: the last one wins, for the verdict as for what a rejection quotes.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from pydantic_core import from_json

from producer.aggregation import AggregateFault, AggregateProblem, unpack
from producer.reading import ValidationError, read
from stream_processors.contract import (
    MAX_DOCUMENT_BYTES,
    BronzeEvent,
    Coordinates,
    RejectedEvent,
    RejectionReason,
)
from stream_processors.order_ingest import business_rules
from stream_processors.order_ingest.personal_data import PseudonymKey, pseudonymise
from stream_processors.order_ingest.rules import BrokenRule, as_json, broken_rules, reason_of

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
# Of such a document nothing else is said.
_ALONE: Final = frozenset({RejectionReason.TOO_LARGE, RejectionReason.UNKNOWN_SCHEMA_VERSION})
_NOTHING: Final = _Quoted()
_NOT_UTF8: Final = BrokenRule(RejectionReason.NOT_UTF8, "not_utf8", "", "Input should be UTF-8")
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
        self._latest_microseconds = (self._latest - _EPOCH) // _MICROSECOND
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
        try:
            version, event = read(data)
        except ValidationError as error:
            return self._reject_invalid(data, place, error)
        event_type, payload = event["event_type"], event["payload"]
        if event_type == "source_line_rejected":
            return _reject_source_line(data, place, self._at, event)
        occurred_at = (event["occurred_at"] - _EPOCH) // _MICROSECOND
        if occurred_at > self._latest_microseconds or not business_rules.is_sound(event_type, payload):
            rules = business_rules.broken(event, self._latest)
            if rules:
                return _reject(data, place, self._at, rules, _quoted_of(event))
        if customer := payload.get("customer"):
            payload["customer"] = pseudonymise(customer, self._pseudonym_key())
        text = orjson.dumps(payload).decode()
        row = BronzeEvent(
            str(event["event_id"]),
            event_type,
            version,
            occurred_at,
            event["producer_id"],
            event["sequence"],
            payload["order_id"] if "order_id" in payload else payload["sku"],
            text,
            *place,
            self._at,
        )
        if len(text) > _SURELY_FITS and len(orjson.dumps(row._asdict())) > MAX_DOCUMENT_BYTES:
            return _reject(data, place, self._at, [_TOO_LARGE_FOR_BRONZE], _quoted_of(event))
        return row

    def _reject_invalid(self, data: bytes, place: Coordinates, error: ValidationError) -> RejectedEvent:
        document = _parsed(data)
        rules = broken_rules(error, document)
        if rules[0].reason is RejectionReason.NOT_JSON and not _is_utf8(data):
            rules = [_NOT_UTF8]
        elif rules[0].reason not in _ALONE and isinstance(document, dict):
            rules += business_rules.broken(document, self._latest)
        return _reject(data, place, self._at, rules, _quote(document))


def _reject_source_line(data: bytes, place: Coordinates, at: int, event: Mapping[str, Any]) -> RejectedEvent:
    stated = event["payload"]["reason"]
    rule = BrokenRule(
        RejectionReason.SOURCE_LINE_REJECTED,
        # A sentence may quote the line; a code cannot.
        stated if _RULE_CODE.fullmatch(stated) else "unnamed",
        "payload.raw_line",
        "The order file's reader could not make an event of the line",
    )
    return _reject(data, place, at, [rule], _quoted_of(event))


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


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(data: bytes) -> object:
    try:
        return from_json(data)
    except ValueError:
        return None


def _quoted_of(event: Mapping[str, Any]) -> _Quoted:
    return _Quoted(str(event["event_id"]), event["event_type"], event["producer_id"], event["sequence"])


def _quote(document: object) -> _Quoted:
    if not isinstance(document, dict):
        return _NOTHING
    sequence = document.get("sequence")
    return _Quoted(
        _short_text(document.get("event_id")),
        _short_text(document.get("event_type")),
        _short_text(document.get("producer_id")),
        sequence if type(sequence) is int and -(2**63) <= sequence < 2**63 else None,
    )


def _short_text(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MAX_QUOTED else None

"""Holds the bytes of one event against the contract and the rules of the business: for every way in. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from producer.reading import Reading, ValidationError, read
from stream_processors.contract import RejectionReason
from stream_processors.order_ingest import business_rules
from stream_processors.order_ingest.rules import BrokenRule, broken_rules

SOURCE_LINE_REJECTED: Final = "source_line_rejected"

# Of such a document nothing else is said.
_ALONE: Final = frozenset({RejectionReason.TOO_LARGE, RejectionReason.UNKNOWN_SCHEMA_VERSION})
_NOT_UTF8: Final = BrokenRule(RejectionReason.NOT_UTF8, "not_utf8", "", "Input should be UTF-8")


class Broken(NamedTuple):
    """Every rule that is broken; `document` is the event as far as it could be read, None for no JSON."""

    rules: Sequence[BrokenRule]
    document: object


def examine(data: bytes, latest: datetime) -> Reading | Broken:
    """The event, or all that is wrong with it; what happened later than `latest` is wrong.

    A line that an order file's reader could not make an event of is one here: it breaks no rule.
    """
    try:
        reading = read(data)
    except ValidationError as error:
        return _explained(data, error, latest)
    event = reading.event
    if event["event_type"] != SOURCE_LINE_REJECTED and not _is_sound(event, latest):
        rules = business_rules.broken(event, latest)
        if rules:
            return Broken(rules, event)
    return reading


def partition_key(payload: Mapping[str, Any]) -> str:
    """The order id, or the SKU for stock events: of a payload that breaks no rule."""
    key: str = payload["order_id"] if "order_id" in payload else payload["sku"]
    return key


def _is_sound(event: Mapping[str, Any], latest: datetime) -> bool:
    return event["occurred_at"] <= latest and business_rules.is_sound(event["event_type"], event["payload"])


def _explained(data: bytes, error: ValidationError, latest: datetime) -> Broken:
    document = _parsed(data)
    rules = broken_rules(error, document)
    if rules[0].reason is RejectionReason.NOT_JSON and not _is_utf8(data):
        rules = [_NOT_UTF8]
    elif rules[0].reason not in _ALONE and isinstance(document, dict):
        rules += business_rules.broken(document, latest)
    return Broken(rules, document)


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

"""From the contract's validation errors to reasons and broken rules.

Nothing here repeats a value of the input: messages are the contract's own words, and a path
names a field of the contract, or an unknown one that looks like a field name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import orjson
from pydantic_core import ErrorDetails

from producer.reading import (
    CURRENT_SCHEMA_VERSION,
    EVENT_TYPES,
    MAX_EVENT_BYTES,
    TOO_LARGE,
    UNKNOWN_SCHEMA_VERSION,
    VERSIONS,
    ValidationError,
)
from stream_processors.contract import RejectionReason

MAX_BROKEN_RULES: Final = 100


class BrokenRule(NamedTuple):
    """One rule that a record breaks; `path` like `payload.lines[3].sku`, empty for the whole record."""

    reason: RejectionReason
    rule: str
    path: str
    message: str


_FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PRECEDENCE: Final = {reason: place for place, reason in enumerate(RejectionReason)}
# The type that the contract gives to every broken rule of an amount.
_MONEY: Final = "invalid_money"
_REASONS: Final[Mapping[str, RejectionReason]] = {
    TOO_LARGE: RejectionReason.TOO_LARGE,
    UNKNOWN_SCHEMA_VERSION: RejectionReason.UNKNOWN_SCHEMA_VERSION,
    _MONEY: RejectionReason.INVALID_MONEY,
    "timezone_aware": RejectionReason.NAIVE_TIME,
    "missing": RejectionReason.MISSING_FIELD,
    "extra_forbidden": RejectionReason.UNKNOWN_FIELD,
}
# Pydantic's own words for these repeat a piece of the input.
_MESSAGES: Final[Mapping[str, str]] = {
    TOO_LARGE: f"Input should have at most {MAX_EVENT_BYTES} bytes",
    UNKNOWN_SCHEMA_VERSION: f"Input should be of a version up to {CURRENT_SCHEMA_VERSION}",
    "uuid_parsing": "Input should be a valid UUID",
}
# Whose words are known to repeat nothing.
_SAFE_TYPES: Final = re.compile(
    rf"json_invalid|missing|extra_forbidden|literal_error|timezone_aware|{_MONEY}"
    r"|string_(too_short|too_long|pattern_mismatch)|(greater|less)_than(_equal)?|too_(short|long)"
    r"|datetime_(from_date_)?parsing|uuid_version|int_from_float|\w+_type"
)
_GENERAL_MESSAGE: Final = "Input does not satisfy the contract"


def broken_rules(error: ValidationError, document: object) -> list[BrokenRule]:
    """Name every rule that is broken; `document` is the parsed input, None where it is no JSON."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return [_broken_rule(detail, document) for detail in details]


def reason_of(rules: Sequence[BrokenRule]) -> RejectionReason:
    """The reason that wins, by the order of `RejectionReason`."""
    return min((rule.reason for rule in rules), key=_PRECEDENCE.__getitem__)


def as_json(rules: Sequence[BrokenRule]) -> str:
    """The rules as a JSON array of {rule, path, message}; beyond the first 100 only how many more."""
    entries = [{"rule": r.rule, "path": r.path, "message": r.message} for r in rules[:MAX_BROKEN_RULES]]
    if hidden := len(rules) - len(entries):
        entries.append({"rule": "more", "path": "", "message": f"{hidden} more broken rules"})
    return orjson.dumps(entries).decode()


def _broken_rule(detail: ErrorDetails, document: object) -> BrokenRule:
    kind, location = detail["type"], detail["loc"]
    if kind.startswith("union_tag_"):
        return _event_type_rule(document)
    if not location and kind == "json_invalid":
        return BrokenRule(RejectionReason.NOT_JSON, kind, "", detail["msg"])
    if not location and kind == "dict_type":
        return BrokenRule(RejectionReason.NOT_AN_OBJECT, kind, "", detail["msg"])
    # The unions' tags are no fields.
    if location and location[0] in VERSIONS:
        location = location[1:]
    if location and location[0] in EVENT_TYPES:
        location = location[1:]
    general = RejectionReason.INVALID_TYPE if kind.endswith("_type") else RejectionReason.INVALID_VALUE
    safe = detail["msg"] if _SAFE_TYPES.fullmatch(kind) else _GENERAL_MESSAGE
    return BrokenRule(_REASONS.get(kind, general), kind, _path(location), _MESSAGES.get(kind, safe))


def _event_type_rule(document: object) -> BrokenRule:
    field = "event_type"
    if not isinstance(document, dict) or field not in document:
        return BrokenRule(RejectionReason.MISSING_FIELD, "missing", field, "Field required")
    if not isinstance(document[field], str):
        return BrokenRule(
            RejectionReason.INVALID_TYPE, "string_type", field, "Input should be a valid string"
        )
    return BrokenRule(
        RejectionReason.UNKNOWN_EVENT_TYPE,
        "union_tag_invalid",
        field,
        "Input should be one of the contract's event types",
    )


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            name = step if _FIELD_NAME.fullmatch(step) else "?"
            path += f".{name}" if path else name
    return path

"""Reads order events of any known version from JSON, fast: checked dictionaries, no models.

`producer.contract.decode` gives models and uses this; a consumer that only passes events on uses
this alone. The rules are those of `producer.contract`, kept as data beside this file (`lowering.py`).
"""

from typing import Any, Final, NamedTuple

from pydantic_core import SchemaValidator, ValidationError

from producer.reading.explanation import TOO_LARGE, UNKNOWN_SCHEMA_VERSION, explain, no_lines, too_large
from producer.reading.schemas import CONFIG, schema_of
from producer.upcasting import CURRENT_SCHEMA_VERSION, STEPS, upcast

__all__ = [
    "CURRENT_SCHEMA_VERSION",
    "EVENT_TYPES",
    "MAX_EVENT_BYTES",
    "TOO_LARGE",
    "UNKNOWN_SCHEMA_VERSION",
    "VERSIONS",
    "Reading",
    "ValidationError",
    "read",
]

MAX_EVENT_BYTES: Final = 900 * 1024
VERSIONS: Final = (*STEPS, CURRENT_SCHEMA_VERSION)

_SCHEMAS: Final = {version: schema_of(version) for version in VERSIONS}
_EVENTS: Final = SchemaValidator(
    {"type": "tagged-union", "discriminator": "schema_version", "choices": _SCHEMAS},
    CONFIG,
)
EVENT_TYPES: Final = frozenset(_SCHEMAS[CURRENT_SCHEMA_VERSION]["choices"])


class Reading(NamedTuple):
    """One event: `version` as sent, `event` and its payload as the current version has them.

    Of the event's fields `event_id` is a UUID and `occurred_at` an aware datetime; money is text.
    Optional fields without a default are left out where they are null or absent.
    """

    version: int
    event: dict[str, Any]


def read(document: bytes) -> Reading:
    """Check one event and lift it to the current version.

    A document of an unknown `schema_version` is refused for that alone, whatever else is new in it.

    Raises:
        pydantic_core.ValidationError: the document is not a valid event. Every broken rule is in
            `.errors()`, its location beginning with the version and the event type where they were read.
    """
    if len(document) > MAX_EVENT_BYTES:
        raise too_large(MAX_EVENT_BYTES)
    try:
        event = _EVENTS.validate_json(document)
    except ValidationError as error:
        raise explain(error, document) from None
    payload = event["payload"]
    version: int = event["schema_version"]
    if payload.get("lines") == ():
        raise no_lines(version, event["event_type"])
    if b"null" in document:
        _drop_nulls(payload)
    if version != CURRENT_SCHEMA_VERSION:
        event["payload"] = upcast(version, event["event_type"], payload)
        event["schema_version"] = CURRENT_SCHEMA_VERSION
    return Reading(version, event)


def _drop_nulls(values: dict[str, Any]) -> None:
    for name in [name for name, value in values.items() if value is None]:
        del values[name]
    for value in values.values():
        if isinstance(value, dict):
            _drop_nulls(value)
        elif isinstance(value, tuple):
            for item in value:
                _drop_nulls(item)

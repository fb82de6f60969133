"""What is wrong with a document, all of it: pydantic-core looks no further than a union's wrong tag."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, LiteralString

from pydantic_core import (
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    ValidationError,
    from_json,
)

from producer.reading.schemas import CONFIG, envelope_schema, schema_of
from producer.upcasting import CURRENT_SCHEMA_VERSION

TOO_LARGE: Final = "too_large"
UNKNOWN_SCHEMA_VERSION: Final = "unknown_schema_version"

# The types of errors that pydantic-core does not know.
_OWN_TYPES: Final = frozenset({"invalid_money", UNKNOWN_SCHEMA_VERSION})


def explain(error: ValidationError, document: bytes) -> ValidationError:
    """The error with what it hides added; an unknown version is the only one that stands alone."""
    details = _details(error)
    if details[0]["type"] == "json_invalid":
        return error
    parsed = from_json(document)
    if _is_tag_error(details, "schema_version"):
        version = parsed.get("schema_version")
        if type(version) is int:
            return _unknown_version(version)
        details = _errors_of(_current(), document)
    if _is_tag_error(details, "event_type"):
        details = [*details, *_errors_of(_envelope(), document)]
    if _has_no_lines(parsed):
        details = [*details, _no_lines(("payload", "lines"))]
    return _error_of(details)


def too_large(limit: int) -> ValidationError:
    return _refusal(TOO_LARGE, "is over the limit of {limit} bytes", (), {"limit": limit})


def no_lines(version: int, event_type: str) -> ValidationError:
    return _error_of([_no_lines((version, event_type, "payload", "lines"))])


def _unknown_version(version: int) -> ValidationError:
    return _refusal(
        UNKNOWN_SCHEMA_VERSION,
        "is version {version}; this reader knows up to {known}",
        ("schema_version",),
        {"version": version, "known": CURRENT_SCHEMA_VERSION},
    )


@cache
def _current() -> SchemaValidator:
    return SchemaValidator(schema_of(CURRENT_SCHEMA_VERSION), CONFIG)


@cache
def _envelope() -> SchemaValidator:
    return SchemaValidator(envelope_schema(CURRENT_SCHEMA_VERSION), CONFIG)


def _errors_of(validator: SchemaValidator, document: bytes) -> list[ErrorDetails]:
    try:
        validator.validate_json(document)
    except ValidationError as error:
        return _details(error)
    return []


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _is_tag_error(details: Sequence[ErrorDetails], discriminator: str) -> bool:
    first = details[0]
    return first["type"].startswith("union_tag_") and first["ctx"]["discriminator"] == f"'{discriminator}'"


@cache
def _types_with_lines() -> frozenset[str]:
    choices = schema_of(CURRENT_SCHEMA_VERSION)["choices"]
    return frozenset(
        event_type
        for event_type, event in choices.items()
        if "lines" in event["fields"]["payload"]["schema"]["fields"]
    )


def _has_no_lines(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    event_type, payload = document.get("event_type"), document.get("payload")
    is_order = isinstance(event_type, str) and event_type in _types_with_lines()
    return is_order and isinstance(payload, dict) and payload.get("lines") == []


def _no_lines(location: tuple[int | str, ...]) -> ErrorDetails:
    # Not by `min_length`: pydantic-core applies that to the lines that were valid, and reports a second,
    # false error.
    context = {"field_type": "Tuple", "min_length": 1, "actual_length": 0}
    return {"type": "too_short", "loc": location, "msg": "", "input": None, "ctx": context}


def _error_of(details: Sequence[ErrorDetails]) -> ValidationError:
    lines = [_line_of(detail) for detail in details]
    return ValidationError.from_exception_data("OrderEvent", lines, hide_input=True)


def _line_of(detail: ErrorDetails) -> InitErrorDetails:
    kind: str | PydanticCustomError = detail["type"]
    if kind in _OWN_TYPES:
        kind = PydanticCustomError(kind, detail["msg"])
    return {"type": kind, "loc": detail["loc"], "input": None, "ctx": detail.get("ctx", {})}


def _refusal(
    kind: LiteralString, message: LiteralString, location: tuple[str, ...], context: dict[str, Any]
) -> ValidationError:
    error = PydanticCustomError(kind, message, context)
    line: InitErrorDetails = {"type": error, "loc": location, "input": None}
    return ValidationError.from_exception_data("OrderEvent", [line], hide_input=True)

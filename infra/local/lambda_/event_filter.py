"""Event filtering: which records of a stream a mapping lets through.

Patterns are those of EventBridge, on the record's `kinesis` object with `data` decoded. Lambda Developer
Guide, "Control which events Lambda sends to your function" and "Using event filtering with a Kinesis
event source".
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_LONGEST_PATTERN: Final = 4096
_OR: Final = "$or"
_MISSING: Final = object()

Rule = Callable[[Any], bool]


class PatternError(ValueError):
    """No event pattern that this filter understands."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Parsed patterns; a record passes when one of them matches, or when there are none."""

    patterns: tuple[Mapping[str, Any], ...] = ()

    def passes(self, metadata: Mapping[str, Any], data: bytes) -> bool:
        """Whether a record goes to the function; `metadata` is its `kinesis` object without `data`."""
        if not self.patterns:
            return True
        return any(_record_matches(pattern, metadata, data) for pattern in self.patterns)


def compile_filter(patterns: Sequence[str]) -> EventFilter:
    """Parse the patterns of a `FilterCriteria`.

    Raises:
        PatternError: one is too long, no JSON object, or uses a comparison that does not exist.
    """
    return EventFilter(tuple(_parsed(pattern) for pattern in patterns))


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST_PATTERN:
        raise PatternError(f"it is longer than {_LONGEST_PATTERN} characters")
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise PatternError("it is no JSON") from error
    if not isinstance(pattern, dict):
        raise PatternError("it is no JSON object")
    _check(pattern)
    return pattern


def _check(pattern: Mapping[str, Any]) -> None:
    for name, expected in pattern.items():
        if name == _OR and isinstance(expected, list):
            for one in expected:
                if not isinstance(one, dict):
                    raise PatternError("$or takes a list of patterns")
                _check(one)
        elif isinstance(expected, dict):
            _check(expected)
        elif isinstance(expected, list) and expected:
            for one in expected:
                _rule(one)
        else:
            raise PatternError(f"{name} must be an object or a list of values that is not empty")


def _record_matches(pattern: Mapping[str, Any], metadata: Mapping[str, Any], data: bytes) -> bool:
    """Where `data` is filtered, its form must be the pattern's: JSON or a plain string."""
    if "data" not in pattern:
        return _object_matches(pattern, metadata)
    document = _json_object(data)
    if isinstance(pattern["data"], dict):
        if document is None:
            return False
        return _object_matches(pattern, {**metadata, "data": document})
    if document is not None:
        return False
    try:
        return _object_matches(pattern, {**metadata, "data": data.decode()})
    except UnicodeDecodeError:
        return False


def _json_object(data: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _object_matches(pattern: Mapping[str, Any], actual: Any) -> bool:
    if isinstance(actual, list):
        return any(_object_matches(pattern, one) for one in actual)
    values = actual if isinstance(actual, dict) else {}
    for name, expected in pattern.items():
        if name == _OR and isinstance(expected, list):
            if not any(_object_matches(one, values) for one in expected):
                return False
        elif isinstance(expected, dict):
            if not _object_matches(expected, values.get(name, {})):
                return False
        elif not _leaf_matches(expected, values.get(name, _MISSING)):
            return False
    return True


def _leaf_matches(expected: Sequence[Any], actual: Any) -> bool:
    found = actual if isinstance(actual, list) else [actual]
    return any(_rule(one)(value) for one in expected for value in found)


def _rule(expected: Any) -> Rule:
    """The comparison that one entry of a pattern's list stands for."""
    if not isinstance(expected, dict):
        if isinstance(expected, list):
            raise PatternError("a list within a list is no comparison")
        return lambda value: _equal(value, expected)
    if len(expected) != 1:
        raise PatternError("a comparison has exactly one operator")
    ((operator, argument),) = expected.items()
    make = _OPERATORS.get(operator)
    if make is None:
        raise PatternError(f"the operator {operator} is unknown")
    return make(argument)


def _equal(value: Any, expected: Any) -> bool:
    return (value is not _MISSING and type(value) is type(expected) and bool(value == expected)) or (
        _is_number(value) and _is_number(expected) and bool(value == expected)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exists(argument: Any) -> Rule:
    if not isinstance(argument, bool):
        raise PatternError("exists takes true or false")
    return lambda value: (value is not _MISSING and not isinstance(value, dict)) is argument


def _text_rule(compare: Callable[[str, str], bool]) -> Callable[[Any], Rule]:
    def make(argument: Any) -> Rule:
        if not isinstance(argument, str):
            raise PatternError("prefix, suffix and equals-ignore-case take a string")
        return lambda value: isinstance(value, str) and compare(value, argument)

    return make


def _anything_but(argument: Any) -> Rule:
    if isinstance(argument, dict):
        refused = [_rule(argument)]
    else:
        refused = [_rule(one) for one in (argument if isinstance(argument, list) else [argument])]
    return lambda value: value is not _MISSING and not any(rule(value) for rule in refused)


def _numeric(argument: Any) -> Rule:
    if not isinstance(argument, list) or not argument or len(argument) % 2:
        raise PatternError("numeric takes pairs of an operator and a number")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for operator, bound in pairs:
        if operator not in _COMPARISONS or not _is_number(bound):
            raise PatternError("numeric takes pairs of an operator and a number")
    return lambda value: (
        _is_number(value) and all(_COMPARISONS[operator](value, bound) for operator, bound in pairs)
    )


_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_OPERATORS: Final[Mapping[str, Callable[[Any], Rule]]] = {
    "exists": _exists,
    "prefix": _text_rule(str.startswith),
    "suffix": _text_rule(str.endswith),
    "equals-ignore-case": _text_rule(lambda value, other: value.casefold() == other.casefold()),
    "anything-but": _anything_but,
    "numeric": _numeric,
}

"""The names of delivered objects: `!{timestamp:…}` and its like, evaluated as Firehose does."""

import calendar
import re
import secrets
import string
from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_EXPRESSION: Final = re.compile(r"!\{([^:}]+):([^}]*)\}")
_PATTERN_PARTS: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DEFAULT_TIME: Final = "yyyy/MM/dd/HH"
_RANDOM_LETTERS: Final = string.ascii_letters + string.digits

# The letters of Java's DateTimeFormatter that a name can use; each takes a time and its repetitions.
_LETTERS: Final[dict[str, Callable[[datetime, int], str]]] = {
    "y": lambda at, n: f"{at.year % 100:02d}" if n == 2 else f"{at.year:0{n}d}",
    "M": lambda at, n: _named(calendar.month_name[at.month], at.month, n),
    "d": lambda at, n: f"{at.day:0{n}d}",
    "D": lambda at, n: f"{at.timetuple().tm_yday:0{n}d}",
    "H": lambda at, n: f"{at.hour:0{n}d}",
    "h": lambda at, n: f"{(at.hour - 1) % 12 + 1:0{n}d}",
    "m": lambda at, n: f"{at.minute:0{n}d}",
    "s": lambda at, n: f"{at.second:0{n}d}",
    "S": lambda at, n: f"{at.microsecond:06d}".ljust(n, "0")[:n],
    "a": lambda at, _: "AM" if at.hour < 12 else "PM",
    "E": lambda at, n: calendar.day_name[at.weekday()][: 3 if n < 4 else None],
}
_LETTERS["u"] = _LETTERS["y"]


class PrefixError(ValueError):
    """A prefix that Firehose refuses; the message says why."""


def check(prefix: str, error_prefix: str) -> None:
    """Raise `PrefixError` for what `CreateDeliveryStream` refuses."""
    for text in (prefix, error_prefix):
        for namespace, value in _EXPRESSION.findall(text):
            _check_expression(namespace, value, is_error_prefix=text is error_prefix)
    if has_expressions(prefix) and not error_prefix:
        raise PrefixError("ErrorOutputPrefix must be given when Prefix contains expressions.")
    if has_expressions(error_prefix) and "!{firehose:error-output-type}" not in error_prefix:
        raise PrefixError("ErrorOutputPrefix must contain !{firehose:error-output-type}.")


def has_expressions(prefix: str) -> bool:
    return _EXPRESSION.search(prefix) is not None


def delivered(prefix: str, oldest: datetime, zone: str = "UTC") -> str:
    """The prefix of an object whose oldest record arrived at `oldest`."""
    at = oldest.astimezone(ZoneInfo(zone))
    if has_expressions(prefix):
        return _evaluate(prefix, at, "")
    return f"{prefix}{format_time(_DEFAULT_TIME, at)}/"


def failed(error_prefix: str, error_type: str, oldest: datetime, zone: str = "UTC") -> str:
    """The prefix of an object with failures of `error_type`."""
    at = oldest.astimezone(ZoneInfo(zone))
    if has_expressions(error_prefix):
        return _evaluate(error_prefix, at, error_type)
    return f"{error_prefix}{error_type}/{format_time(_DEFAULT_TIME, at)}/"


def format_time(pattern: str, at: datetime) -> str:
    """Format a time by a subset of Java's DateTimeFormatter patterns."""
    text = []
    for match in _PATTERN_PARTS.finditer(pattern):
        quoted, letter = match[1], match[2]
        if letter:
            text.append(_LETTERS[letter](at, len(match[0])))
        elif quoted is not None:
            text.append(quoted.replace("''", "'") or "'")
        else:
            text.append(match[0])
    return "".join(text)


def _check_expression(namespace: str, value: str, *, is_error_prefix: bool) -> None:
    if namespace == "timestamp":
        unknown = {match[2] for match in _PATTERN_PARTS.finditer(value) if match[2]} - _LETTERS.keys()
        if unknown:
            raise PrefixError(
                f"The embedded AWS does not know {', '.join(sorted(unknown))} in !{{timestamp:{value}}}."
            )
    elif namespace == "firehose" and value in ("random-string", "error-output-type"):
        if value == "error-output-type" and not is_error_prefix:
            raise PrefixError("Prefix must not contain !{firehose:error-output-type}.")
    elif namespace in ("partitionKeyFromQuery", "partitionKeyFromLambda"):
        raise PrefixError("The embedded AWS has no dynamic partitioning.")
    else:
        raise PrefixError(f"!{{{namespace}:{value}}} is no expression of Firehose's.")


def _evaluate(prefix: str, at: datetime, error_type: str) -> str:
    def value_of(match: re.Match[str]) -> str:
        if match[1] == "timestamp":
            return format_time(match[2], at)
        if match[2] == "random-string":
            return "".join(secrets.choice(_RANDOM_LETTERS) for _ in range(11))
        return error_type

    return _EXPRESSION.sub(value_of, prefix)


def _named(name: str, number: int, length: int) -> str:
    if length < 3:
        return f"{number:0{length}d}"
    return name[: 3 if length == 3 else None]

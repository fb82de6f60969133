"""Partition projection: which values of a partition column exist, by the table's properties alone."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from infra.local.athena.errors import QueryFailed

# Java's date letters, longest first.
_JAVA_TO_STRFTIME = (
    ("yyyy", "%Y"),
    ("SSS", "%f"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
)
_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?$")
_UNIT = {
    "YEAR": timedelta(days=365),
    "MONTH": timedelta(days=30),
    "WEEK": timedelta(weeks=1),
    "DAY": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
    "SECOND": timedelta(seconds=1),
}

Accepts = Callable[[str], bool]


def java_format(pattern: str) -> str:
    """`yyyy-MM-dd-HH` as strftime writes it; quoted text stands for itself."""
    parts = pattern.split("'")
    for index in range(0, len(parts), 2):
        for letters, code in _JAVA_TO_STRFTIME:
            parts[index] = parts[index].replace(letters, code)
    return "".join(parts)


def is_enabled(parameters: Mapping[str, str]) -> bool:
    return parameters.get("projection.enabled", "false").lower() == "true"


def accepts(column: str, parameters: Mapping[str, str], now: datetime) -> Accepts:
    """Tells whether the projection of `column` has a value. `now` is UTC; NOW means it."""
    kind = parameters.get(f"projection.{column}.type", "").lower()
    given = parameters.get(f"projection.{column}.range", "")
    if kind == "injected":
        return lambda _: True
    if kind == "enum":
        values = set(parameters[f"projection.{column}.values"].split(","))
        return values.__contains__
    if kind == "integer":
        low, high = (int(end) for end in given.split(","))
        digits = int(parameters.get(f"projection.{column}.digits", "0"))
        return lambda value: (
            value.lstrip("-").isdigit()
            and low <= int(value) <= high
            and value == str(int(value)).zfill(digits)
        )
    if kind == "date":
        layout = java_format(parameters[f"projection.{column}.format"])
        first, last = (_instant(end.strip(), layout, now) for end in given.split(","))
        return lambda value: (instant := _parsed(value, layout)) is not None and first <= instant <= last
    raise QueryFailed(
        "INVALID_TABLE_PROPERTY", f"projection.{column}.type is {kind!r}: use enum, integer, date or injected"
    )


def _parsed(value: str, layout: str) -> datetime | None:
    try:
        return datetime.strptime(value, layout)  # noqa: DTZ007  # both sides of the comparison are UTC
    except ValueError:
        return None


def _instant(end: str, layout: str, now: datetime) -> datetime:
    relative = _NOW.match(end.upper())
    if relative is None:
        return datetime.strptime(end, layout)  # noqa: DTZ007  # both sides of the comparison are UTC
    sign, count, unit = relative.groups()
    moment = now.replace(tzinfo=None)
    if count is None:
        return moment
    return moment + (1 if sign == "+" else -1) * int(count) * _UNIT[unit]

"""Values as people read them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

NOTHING = "–"  # noqa: RUF001 - a dash where a number would stand
SHARES = ("_rate", "retention")


def cell(column: str, value: object, zone: ZoneInfo) -> str:
    """One value of a column; decimals are exact, times are in `zone`."""
    match value:
        case None:
            text = NOTHING
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case Decimal():
            text = amount(value)
        case float() if column.startswith("share") or column.endswith(SHARES):
            text = f"{value:.1%}"
        case float():
            text = f"{value:,.2f}"
        case datetime():
            text = f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case _:
            text = str(value)
    return text


def amount(value: Decimal) -> str:
    """Money, exact: two places, or all four where they count."""
    text = f"{value:,.4f}"
    return text.removesuffix("00")


def heading(column: str) -> str:
    """A column's name as a heading."""
    words = column.replace("_", " ")
    return words[:1].upper() + words[1:]


def ago(seconds: int | None) -> str:
    """How long since, in one unit."""
    if seconds is None:
        return "no record"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def size(count: int) -> str:
    """Bytes in the unit that fits."""
    number = float(count)
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"

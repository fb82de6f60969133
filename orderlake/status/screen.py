"""A status as one screen for people, at most 80 columns wide."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orderlake.operations import FAILED, Row
from orderlake.status.look import Section, Status

WIDTH: Final = 80
_MOST_ROWS: Final = 8
_CALM: Final = ("OK", "INSUFFICIENT_DATA")
_ILL: Final = FAILED | {"ALARM"}


def screen(status: Status, where: str) -> RenderableType:
    """What is wrong, and below it section by section: what a low window cuts off is at the end."""
    parts: list[RenderableType] = [Text(f"{where}, {status.at:%Y-%m-%d %H:%M:%S} UTC", style="bold")]
    if status.problems:
        parts += [Text(f"✗ {problem}", style="bold red") for problem in status.problems]
    else:
        parts.append(Text("✓ nothing is wrong", style="bold green"))
    for section in status.sections:
        parts += (Text(), _table(section, status.at))
        parts += [Padding(Text(line, style="dim"), (0, 0, 0, 2), expand=False) for line in _beside(section)]
    return Group(*parts)


def _table(section: Section, now: datetime) -> Table:
    first, *others = section.source.columns
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(Text(section.source.title, style="bold cyan"), no_wrap=True)
    if not section.rows:
        return table
    numeric = {
        name
        for name in others
        if all(isinstance(row[name], int | float | Decimal | None) for row in section.rows)
    }
    for name in others:
        table.add_column(_heading(name), justify="right" if name in numeric else "left", no_wrap=True)
    for row in _shown(section):
        table.add_row(f"  {row[first]}", *(_cell(name, row[name], now) for name in others))
    return table


def _shown(section: Section) -> list[Row]:
    """The first rows, without alarms that do not ring."""
    return [row for row in section.rows if row.get("state") not in _CALM][:_MOST_ROWS]


def _beside(section: Section) -> Iterator[str]:
    if section.note:
        yield section.note
    calm = Counter(row["state"] for row in section.rows if row.get("state") in _CALM)
    if calm:
        yield ", ".join(f"{calm[state]} {state}" for state in _CALM if calm[state])
    more = len(section.rows) - calm.total() - len(_shown(section))
    if more:
        yield f"and {more} more: --format json"


def _heading(column: str) -> str:
    return column.removesuffix("_at").removesuffix("_seconds").replace("_", " ")


def _cell(column: str, value: object, now: datetime) -> Text:
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, datetime):
        return Text(_ago(int((now - value).total_seconds())))
    if column.endswith("seconds") or column == "seconds_ago":
        return Text(f"{float(str(value)):,.1f} s")
    if isinstance(value, int):
        return Text(f"{value:,}")
    style = "green" if value == "SUCCEEDED" else "bold red" if value in _ILL else ""
    return Text(str(value), style=style)


def _ago(seconds: int) -> str:
    """How long ago, in the largest unit of which there are two."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{max(seconds, 0)} s ago"

"""Prints rows as a table for people, as JSON or CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TextIO

from rich.console import Console
from rich.table import Table

Format = Literal["table", "json", "csv"]
Row = Mapping[str, object]


def render(
    rows: Iterable[Row],
    columns: Sequence[str],
    format_: Format,
    out: TextIO | None = None,
    *,
    count: bool = True,
) -> None:
    """Write `rows` to `out` (stdout): JSON is an array of objects with decimals as exact strings.

    With `count` a table says below how many rows it has.
    """
    out = out or sys.stdout
    if format_ == "json":
        json.dump([dict(row) for row in rows], out, default=_plain, ensure_ascii=False, indent=2)
        out.write("\n")
    elif format_ == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row[column]) for column in columns] for row in rows)
    else:
        _render_table(rows, columns, out, count=count)


def render_document(document: Row, out: TextIO | None = None) -> None:
    """Write one JSON object to `out` (stdout), decimals as exact strings."""
    out = out or sys.stdout
    json.dump(dict(document), out, default=_plain, ensure_ascii=False, indent=2)
    out.write("\n")


def _render_table(rows: Iterable[Row], columns: Sequence[str], out: TextIO, *, count: bool) -> None:
    table = Table(header_style="bold", row_styles=["", "dim"] if out.isatty() else None)
    kept = list(rows)
    for column in columns:
        numeric = all(isinstance(row[column], int | float | Decimal | None) for row in kept)
        table.add_column(column, justify="right" if numeric and kept else "left", overflow="fold")
    for row in kept:
        table.add_row(*(_text(row[column]) for column in columns))
    width = None if out.isatty() else 10_000
    console = Console(file=out, width=width, no_color=not out.isatty(), highlight=False)
    console.print(table)
    if count:
        console.print(f"{len(kept)} row{'' if len(kept) == 1 else 's'}")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in JSON")


def _text(value: object) -> str:
    if value is None:
        return ""
    plain = value if isinstance(value, str | int | float) else _plain(value)
    return str(plain)

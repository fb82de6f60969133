"""Asks a panel's question and says what a page shows of the answer."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import sql
from dashboards import formats
from dashboards.catalogue import Panel, Question
from dashboards.figures import Context
from dashboards.filters import Filters
from dashboards.lake import Kept, KeptAnswers, Lake, Row
from dashboards.tiles import Tile

CHOICES: Final = Question("dashboard/choices")
LIVE_SECONDS: Final = 2
TABLE_ROWS: Final = 20
FIGURE_ROWS: Final = 100
NOT_SHOWN: Final = frozenset({"place", "currency"})
LONG_TEXT: Final = 40


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `kind` says how it is set."""

    text: str
    kind: Literal["", "number", "long"]


@dataclass(frozen=True)
class Shown:
    """A panel's answer: its table always, its figure or tiles where it has them, all as text."""

    units: str
    headings: tuple[str, ...]
    table: tuple[tuple[Cell, ...], ...]
    rows_beyond: int
    tiles: tuple[Tile, ...]
    figure: Mapping[str, object] | None
    empty: str
    facts: str


class Reader:
    """Reads the lake for the pages; answers are kept for as long as a panel may be old."""

    def __init__(self, lake: Lake, zone: ZoneInfo, keep_seconds: float, now: Callable[[], float]) -> None:
        self._lake = lake
        self._zone = zone
        self._keep_seconds = keep_seconds
        self._kept = KeptAnswers(now)

    def choices(self) -> dict[str, list[str]]:
        """What can be chosen of each filter, the usual choice first."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        kept = self._kept.get(CHOICES.file, self._keep_seconds, lambda: self._lake.ask(_text(CHOICES), ()))
        for row in kept.answer.rows:
            found[str(row["filter"])].append(str(row["choice"]))
        return dict(found)

    def rows(self, panel: Panel, filters: Filters) -> tuple[tuple[str, ...], list[list[str]]]:
        """Columns, and every row as exact text."""
        filters = self._with_currency(panel, filters)
        kept = self._ask(panel, filters)
        columns = kept.answer.columns
        return columns, [
            [_exact(row[column]) for column in columns] for row in _of_currency(kept, filters.currency)
        ]

    def show(self, panel: Panel, filters: Filters) -> Shown:
        """The panel's answer as the page shows it."""
        filters = self._with_currency(panel, filters)
        context = Context(filters.currency, self._zone)
        kept = self._ask(panel, filters)
        rows = _of_currency(kept, filters.currency)
        columns = tuple(column for column in kept.answer.columns if column not in NOT_SHOWN)
        limit = FIGURE_ROWS if panel.figure else TABLE_ROWS
        has_rows = bool(rows) or not panel.empty
        return Shown(
            units=panel.units.format(currency=filters.currency or "money", zone=self._zone.key),
            headings=tuple(map(formats.heading, columns)),
            table=tuple(
                tuple(_cell(column, row[column], self._zone) for column in columns) for row in rows[:limit]
            ),
            rows_beyond=max(0, len(rows) - limit),
            tiles=tuple(panel.tiles(rows, context)) if panel.tiles and has_rows else (),
            figure=panel.figure(rows, context).to_plotly_json() if panel.figure and rows else None,
            empty="" if has_rows else panel.empty,
            facts=self._facts(kept),
        )

    def _ask(self, panel: Panel, filters: Filters) -> Kept:
        keep_seconds = LIVE_SECONDS if panel.live else self._keep_seconds
        source = panel.source
        if not isinstance(source, Question):
            return self._kept.get(
                source, keep_seconds, self._lake.alarms if source == "alarms" else self._lake.job_runs
            )
        bound = tuple(filters.literal(name) for name in source.filters)
        return self._kept.get(
            (source.file, bound), keep_seconds, lambda: self._lake.ask(_text(source), bound)
        )

    def _with_currency(self, panel: Panel, filters: Filters) -> Filters:
        """Where no currency was chosen, the one with the most revenue."""
        if filters.currency or ("{currency}" not in panel.units and not _binds_currency(panel)):
            return filters
        currencies = self.choices().get("currency", [])
        return replace(filters, currency=currencies[0]) if currencies else filters

    def _facts(self, kept: Kept) -> str:
        answer = kept.answer
        at = datetime.fromtimestamp(kept.at, UTC).astimezone(self._zone)
        took, scanned = answer.engine_milliseconds / 1000, formats.size(answer.data_scanned_bytes)
        return f"{took:.2f} s · {scanned} scanned · asked {at:%H:%M:%S}"


def _text(question: Question) -> str:
    return sql.text(f"{question.file}.sql")


def _binds_currency(panel: Panel) -> bool:
    return isinstance(panel.source, Question) and "currency" in panel.source.filters


def _of_currency(kept: Kept, currency: str) -> Sequence[Row]:
    if "currency" not in kept.answer.columns:
        return kept.answer.rows
    return [row for row in kept.answer.rows if row["currency"] == currency]


def _cell(column: str, value: object, zone: ZoneInfo) -> Cell:
    text = formats.cell(column, value, zone)
    if isinstance(value, int | float | Decimal):
        return Cell(text, "number")
    return Cell(text, "long" if len(text) > LONG_TEXT else "")


def _exact(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)

"""Rows as a few large numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dashboards import formats
from dashboards.figures import Context
from dashboards.lake import Row, Rows

Tone = Literal["", "good", "bad"]


@dataclass(frozen=True)
class Tile:
    """One number, what it is, and what to hold it against; `tone` is said in words too."""

    label: str
    value: str
    note: str = ""
    tone: Tone = ""


Tiles = Callable[[Rows, Context], Sequence[Tile]]


def last_hour(rows: Rows, context: Context) -> Sequence[Tile]:
    """Orders placed, orders paid, money paid; zero where nothing happened."""
    row = rows[0] if rows else {"orders_placed": 0, "orders_paid": 0, "paid_amount": Decimal(0)}
    return (
        Tile("orders placed", _cell(row, "orders_placed", context)),
        Tile("orders paid", _cell(row, "orders_paid", context)),
        Tile(f"paid, {context.currency}", _cell(row, "paid_amount", context)),
    )


def today(rows: Rows, context: Context) -> Sequence[Tile]:
    """Revenue and units of today, against the average of the seven days before."""
    (row,) = rows
    return (
        Tile(
            f"revenue, {context.currency}",
            _cell(row, "amount", context),
            f"{_cell(row, 'usual_amount', context)} on a day of the week before",
        ),
        Tile(
            "units",
            _cell(row, "units", context),
            f"{_cell(row, 'usual_units', context)} on a day of the week before",
        ),
    )


def top_share(rows: Rows, context: Context) -> Sequence[Tile]:
    """Of tenths of the customers: how many the first has, and what share of revenue is theirs."""
    top = rows[0]
    total = sum(float(str(row["customer_value"])) for row in rows)
    share = f"{float(str(top['customer_value'])) / total:.1%}" if total > 0 else formats.NOTHING
    return (
        Tile("customers in the top 10%", _cell(top, "customers", context)),
        Tile("their share of revenue", share),
        Tile(f"least that one brought, {context.currency}", _cell(top, "least", context)),
    )


def inventory(rows: Rows, context: Context) -> Sequence[Tile]:
    """Of all products: how many are low, out of stock, never counted."""
    (row,) = rows
    return (
        Tile("products", _cell(row, "products", context)),
        Tile("low: under 14 days", _cell(row, "low", context)),
        Tile("out of stock", _cell(row, "out_of_stock", context)),
        Tile("never counted", _cell(row, "never_counted", context)),
    )


def freshness(rows: Rows, context: Context) -> Sequence[Tile]:
    """How long ago each layer took something in."""
    return tuple(
        Tile(str(row["layer"]), formats.ago(_whole(row["seconds_ago"])), _cell(row, "fresh_at", context))
        for row in rows
    )


def ledger(rows: Rows, context: Context) -> Sequence[Tile]:
    """The counts of a ledger; what should be none says whether it is."""
    (row,) = rows
    return tuple(_ledger_tile(column, row, context) for column in row)


def _ledger_tile(column: str, row: Row, context: Context) -> Tile:
    label, value = formats.heading(column), _cell(row, column, context)
    if not column.endswith("differing") and not column.startswith(("not_in", "twice_in")):
        return Tile(label, value)
    if _whole(row[column]) == 0:
        return Tile(label, value, "balanced", "good")
    if column == "not_in_silver":
        return Tile(label, value, "wait for the silver job")
    return Tile(label, value, "does not balance", "bad")


def _cell(row: Row, column: str, context: Context) -> str:
    return formats.cell(column, row[column], context.zone)


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))

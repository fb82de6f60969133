"""Rows as figures. Colours are Okabe and Ito's, which colour-blind people tell apart.

Floats here only say how long a bar is; the exact numbers stand in the table below each figure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboards.lake import Row, Rows

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
TEXT: Final = "#1B2733"
PALE_BLUE: Final = "#F2F8FC"
MIDDLE_BLUE: Final = "#7FB8DC"  # the darkest on which TEXT reads well
BARS: Final = 15
LABEL_LENGTH: Final = 22
MINUTE_MILLISECONDS: Final = 60_000


@dataclass(frozen=True)
class Context:
    """What a figure needs to know beside its rows."""

    currency: str
    zone: ZoneInfo


def by_day(rows: Rows, context: Context) -> go.Figure:
    """Revenue of each day, and its average over seven."""
    days = [str(row["sales_date"]) for row in rows]
    figure = go.Figure(
        [
            go.Bar(
                x=days, y=_floats(rows, "revenue"), name="revenue of the day", marker_color=BLUE, opacity=0.55
            ),
            go.Scatter(
                x=days,
                y=_floats(rows, "seven_day_average"),
                name="average of seven days",
                mode="lines+markers" if len(days) < 8 else "lines",
                line={"color": ORANGE, "width": 3},
            ),
        ]
    )
    figure.update_xaxes(type="date", tickformat="%-d %b<br>%Y", nticks=5)
    figure.update_yaxes(title=context.currency, rangemode="tozero")
    return _styled(figure)


def live_minutes(rows: Rows, context: Context) -> go.Figure:
    """Orders placed and paid in each minute."""
    return _by_minute(
        rows, context, (("orders_placed", "placed", BLUE), ("orders_paid", "paid", ORANGE)), "orders a minute"
    )


def lag(rows: Rows, context: Context) -> go.Figure:
    """How long events waited in the stream."""
    return _by_minute(
        rows,
        context,
        (("longest_seconds", "longest", ORANGE), ("average_seconds", "average", BLUE)),
        "seconds",
    )


def revenue_by_category(rows: Rows, context: Context) -> go.Figure:
    return _ranking(rows, "category", "total_revenue", context.currency)


def revenue_by_country(rows: Rows, context: Context) -> go.Figure:
    return _ranking(rows, "country", "total_revenue", context.currency)


def revenue_by_product(rows: Rows, context: Context) -> go.Figure:
    named = [{**row, "product": _product(row)} for row in rows]
    return _ranking(named, "product", "revenue", context.currency)


def segments(rows: Rows, context: Context) -> go.Figure:
    return _ranking(rows, "segment", "amount", context.currency)


def quarantine(rows: Rows, _context: Context) -> go.Figure:
    return _ranking(rows, "reason", "records", "records")


def deciles(rows: Rows, context: Context) -> go.Figure:
    """What each tenth of the customers brought, the most valuable first."""
    tenths = [str(row["value_decile"]) for row in rows]
    colours = [ORANGE if tenth == "1" else BLUE for tenth in tenths]
    figure = go.Figure(go.Bar(x=tenths, y=_floats(rows, "customer_value"), marker_color=colours))
    figure.update_xaxes(type="category", title="tenth of the customers; 1 is the top 10%")
    figure.update_yaxes(title=context.currency, rangemode="tozero")
    return _styled(figure)


def cover(rows: Rows, _context: Context) -> go.Figure:
    """How many products are covered how long."""
    return _ranking(rows, "cover", "products", "products")


def cohorts(rows: Rows, _context: Context) -> go.Figure:
    """Share of each month's new customers who buy again, month after month."""
    months = sorted({str(row["cohort"])[:7] for row in rows})
    last = max(int(str(row["months_after"])) for row in rows)
    share = {
        (str(row["cohort"])[:7], int(str(row["months_after"]))): float(str(row["retention"])) for row in rows
    }
    cells = [[share.get((month, after)) for after in range(last + 1)] for month in months]
    figure = go.Figure(
        go.Heatmap(
            x=list(range(last + 1)),
            y=months,
            z=cells,
            zmin=0,
            zmax=1,
            colorscale=[PALE_BLUE, MIDDLE_BLUE],
            texttemplate="%{z:.0%}",
            textfont_color=TEXT,
            hovertemplate="first bought %{y}, %{x} months after: %{z:.1%}<extra></extra>",
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(title="months after the first order", dtick=1, showgrid=False)
    figure.update_yaxes(title="first order", type="category", autorange="reversed", showgrid=False)
    return _styled(figure, rows=2 * len(months))


def stock_against_demand(rows: Rows, _context: Context) -> go.Figure:
    """Stock on hand beside what two weeks would sell, the shortest first."""
    shown = rows[:BARS]
    products = [_product(row) for row in shown]
    demand = [14 * float(str(row["demand_per_day"])) for row in shown]
    figure = go.Figure(
        [
            go.Bar(y=products, x=_floats(shown, "stock_on_hand"), name="stock on hand", orientation="h",
                   marker_color=BLUE),
            go.Bar(y=products, x=demand, name="demand of 14 days", orientation="h", marker_color=ORANGE),
        ]
    )  # fmt: skip
    figure.update_xaxes(title="units", nticks=4)
    _name_bars(figure, products)
    return _styled(figure, rows=2 * len(shown))


def _ranking(rows: Rows, label: str, value: str, unit: str) -> go.Figure:
    """Horizontal bars, the largest on top, each with its number."""
    shown = rows[:BARS]
    labels = [str(row[label]) for row in shown]
    figure = go.Figure(
        go.Bar(
            y=labels,
            x=_floats(shown, value),
            text=[_rounded(row[value]) for row in shown],
            textposition="auto",
            orientation="h",
            marker_color=BLUE,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(title=unit, nticks=4)
    _name_bars(figure, labels)
    return _styled(figure, rows=len(shown))


def _name_bars(figure: go.Figure, labels: list[str]) -> None:
    figure.update_yaxes(
        type="category",
        autorange="reversed",
        tickvals=labels,
        ticktext=[*map(_short, labels)],
        ticks="outside",
        tickcolor="rgba(0,0,0,0)",
    )


def _by_minute(
    rows: Rows, context: Context, series: tuple[tuple[str, str, str], ...], unit: str
) -> go.Figure:
    """The hour that ends with the last minute, one bar a minute and series."""
    minutes = [_local(row["minute_at"], context.zone) for row in rows]
    figure = go.Figure(
        [
            go.Bar(x=[*map(str, minutes)], y=_floats(rows, column), name=name, marker_color=colour)
            for column, name, colour in series
        ]
    )
    last = max(minutes)
    figure.update_xaxes(
        type="date",
        range=[str(last - timedelta(minutes=60)), str(last + timedelta(minutes=1))],
        tickformat="%H:%M",
        dtick=15 * MINUTE_MILLISECONDS,
    )
    figure.update_yaxes(title=unit, rangemode="tozero")
    return _styled(figure)


def _styled(figure: go.Figure, rows: int = 0) -> go.Figure:
    figure.update_layout(
        template="plotly_white",
        font={"family": "system-ui, sans-serif", "size": 14, "color": TEXT},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        height=80 + 26 * max(rows, 2) if rows else 300,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(automargin=True, fixedrange=True, tickangle=0, title_font_size=13)
    figure.update_yaxes(automargin=True, fixedrange=True, title_font_size=13)
    return figure


def _floats(rows: Rows, column: str) -> list[float | None]:
    return [None if row[column] is None else float(str(row[column])) for row in rows]


def _local(moment: object, zone: ZoneInfo) -> datetime:
    """A moment as the clock on the wall shows it there, which is what Plotly draws."""
    assert isinstance(moment, datetime)  # noqa: S101 - the column is a timestamp with time zone
    return moment.astimezone(zone).replace(tzinfo=None)


def _rounded(value: object) -> str:
    return f"{float(str(value)):,.0f}"


def _product(row: Row) -> str:
    return f"{row['sku']} {row['description'] or ''}".strip()


def _short(label: str) -> str:
    return label if len(label) <= LABEL_LENGTH else f"{label[: LABEL_LENGTH - 1]}…"

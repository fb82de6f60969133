"""A query's rows as a quick bar chart, in the terminal or as a PNG."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from orderlake.errors import ExtraMissing, OrderlakeError, WrongUse

MOST: Final = 40
LABEL_LENGTH: Final = 30


@dataclass(frozen=True)
class Bars:
    """Labelled numbers, in the order of the rows; `left_out` rows came after them."""

    label: str
    value: str
    bars: tuple[tuple[str, Decimal], ...]
    left_out: int


def bars_of(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Bars:
    """The last column of numbers, labelled by the first other column.

    Raises:
        WrongUse: there are no such columns.
    """
    numbers = [column for column in columns if rows and all(_is_number(row[column]) for row in rows)]
    value = numbers[-1] if numbers else None
    label = next((column for column in columns if column != value), None)
    if value is None or label is None:
        raise WrongUse(
            f"a chart needs rows with a column of numbers and another one; there are {len(rows)} rows "
            f"of {', '.join(columns)}"
        )
    bars = tuple((str(row[label]), Decimal(str(row[value] or 0))) for row in rows[:MOST])
    return Bars(label, value, bars, max(0, len(rows) - MOST))


def in_terminal(chart: Bars, width: int) -> Iterator[str]:
    """Lines of at most `width` characters: label, bar, number; a negative number has no bar."""
    labels = [label[:LABEL_LENGTH] for label, _ in chart.bars]
    numbers = [f"{value:,}" for _, value in chart.bars]
    label_width, number_width = max(map(len, labels)), max(map(len, numbers))
    room = max(1, width - label_width - number_width - 4)
    most = max(value for _, value in chart.bars)
    yield f"{chart.value} by {chart.label}"
    for label, number, (_, value) in zip(labels, numbers, chart.bars, strict=True):
        length = round(room * value / most) if most > 0 and value > 0 else 0
        yield f"{label:<{label_width}}  {'█' * length:<{room}}  {number:>{number_width}}"
    if chart.left_out:
        yield f"and {chart.left_out:,} rows more"


def as_png(chart: Bars, file: Path) -> None:
    """Draw horizontal bars into `file`.

    Raises:
        ExtraMissing: matplotlib is not installed.
        OrderlakeError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        raise ExtraMissing("plots", str(error.name)) from error
    figure = Figure(figsize=(9.0, 1.2 + 0.3 * len(chart.bars)), dpi=120, layout="constrained")
    axes = figure.subplots()
    places = range(len(chart.bars))
    axes.barh(places, [float(value) for _, value in chart.bars], color="#0072B2")
    axes.set_yticks(places, [label[:LABEL_LENGTH] for label, _ in chart.bars])
    axes.invert_yaxis()
    axes.set_xlabel(chart.value)
    axes.set_title(f"{chart.value} by {chart.label}")
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise OrderlakeError(f"{file} cannot be written: {error}; name a file such as chart.png") from error


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))

"""The curve as a picture. Needs the extra `plots`."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orderlake.cost.curve import WAYS, BreakEven, Point, Way, dominants
from orderlake.errors import OrderlakeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WAY_COLOURS: Final[dict[Way, str]] = {
    "provisioned stream": "#1f4e79",
    "on-demand stream": "#b8511b",
    "direct": "#2e7d32",
}
_SERVICE_COLOURS: Final = {
    "shard": "#1f4e79",
    "kinesis": "#5b8db8",
    "firehose": "#2e7d32",
    "s3": "#d9a441",
    "glue": "#8e4585",
    "athena": "#6b6b6b",
    "lambda": "#b8511b",
    "cloudwatch": "#c9738a",
    "kms": "#a0a0a0",
}
_WIDTH, _HEIGHT, _DPI = 11.0, 10.0, 130
_NARROWEST_LABEL: Final = 3
_MUTED: Final = "#555555"


def draw(points: Sequence[Point], break_evens: Sequence[BreakEven], file: Path, caption: str) -> None:
    """Write the picture to `file`: dollars a month above, what they are spent on below.

    Raises:
        OrderlakeError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise OrderlakeError("--curve needs matplotlib: pip install 'orderlake[plots]'") from error
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _draw_dollars(above, points, break_evens)
    _draw_shares(below, points)
    figure.suptitle("What orderlake costs on AWS, by volume", fontsize=15, fontweight="bold")
    figure.supxlabel(caption, fontsize=8, color=_MUTED)
    try:
        figure.savefig(file)
    except OSError as error:
        raise OrderlakeError(f"{file} cannot be written: {error.strerror}") from error


def _draw_dollars(axes: "Axes", points: Sequence[Point], break_evens: Sequence[BreakEven]) -> None:
    volumes = [float(point.records_per_day) for point in points]
    for way in WAYS:
        totals = [float(point.bills[way].total) for point in points]
        axes.plot(volumes, totals, color=_WAY_COLOURS[way], linewidth=2.4, label=way)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylabel("US dollars a month, after always-free allowances")
    axes.yaxis.set_major_formatter(lambda dollars, _: f"{dollars:,.0f}")
    axes.grid(visible=True, which="major", color="#dddddd")
    axes.legend(loc="upper left", frameon=False, fontsize=11)
    floor, ceiling = axes.get_ylim()
    marks = [found for found in break_evens if found.records_per_day is not None]
    marks.sort(key=lambda found: found.records_per_day or Decimal(0))
    for place, found in enumerate(marks):
        volume = float(found.records_per_day or 0)
        axes.axvline(volume, color="#999999", linestyle=":", linewidth=1.2)
        height = floor * (ceiling / floor) ** (0.03 + 0.075 * place)
        is_right = volume > volumes[len(volumes) * 2 // 3]
        axes.annotate(
            f"{human(found.records_per_day)}: {_short(found)}",
            (volume, height),
            xytext=(-6 if is_right else 6, 0),
            textcoords="offset points",
            ha="right" if is_right else "left",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        )


def _short(found: BreakEven) -> str:
    if "keeps up" in found.what:
        return f"jobs need {found.after}"
    return f"{found.after} cheaper than {found.before}"


def _draw_shares(axes: "Axes", points: Sequence[Point]) -> None:
    way: Way = "provisioned stream"
    volumes = [float(point.records_per_day) for point in points]
    sums = [point.bills[way].by_service() for point in points]
    totals = [sum(found.values()) for found in sums]
    shares = {
        service: [
            100 * float(found.get(service, Decimal(0)) / total)
            for found, total in zip(sums, totals, strict=True)
        ]
        for service in _SERVICE_COLOURS
    }
    axes.stackplot(
        volumes,
        list(shares.values()),
        colors=list(_SERVICE_COLOURS.values()),
        labels=list(shares),
        alpha=0.85,
    )
    axes.set_ylim(0, 100)
    axes.set_xlim(volumes[0], volumes[-1])
    axes.set_ylabel("share of the bill, provisioned stream, %")
    axes.set_xlabel("records a day")
    axes.xaxis.set_major_formatter(lambda records, _: human(Decimal(str(records))))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, reverse=True)
    spans = list(dominants(points, way))
    ends = [start for start, _ in spans[1:]] + [points[-1].records_per_day]
    for (start, service), end in zip(spans, ends, strict=True):
        axes.axvline(float(start), color="white", linewidth=1)
        if end / start < _NARROWEST_LABEL:
            continue
        axes.annotate(
            f"{service} dominates",
            (float((start * end).sqrt()), 101.5),
            annotation_clip=False,
            ha="center",
            fontsize=9,
            color=_MUTED,
        )


def human(number: Decimal | None) -> str:
    """A round number in words: 30 thousand, 1.4 million."""
    if number is None:
        return "never"
    for size, word in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number >= size:
            scaled = number / size
            return f"{scaled:.0f} {word}" if scaled >= 10 or scaled == int(scaled) else f"{scaled:.1f} {word}"
    return f"{number:.0f}"

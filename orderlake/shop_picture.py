"""What the simulated shop does, as a picture. Needs the extra `plots`."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orderlake.errors import OrderlakeError
from producer.draft import EventDraft
from producer.simulator import ShopSettings, simulate
from producer.simulator.description import Description, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DAYS: Final = 28
EVENTS: Final = 60_000
"""About: campaigns bring more."""
_FIRST_DAY: Final = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BLUE, _ORANGE, _MUTED = "#1f4e79", "#b8511b", "#555555"


def four_weeks(seed: int) -> Iterator[EventDraft]:
    """What happens in the shop of this seed."""
    shop = ShopSettings(
        seed=seed, start=_FIRST_DAY, events_per_second=EVENTS / (DAYS * 86_400), life_speed=1, rhythm=True
    )
    end = (_FIRST_DAY + timedelta(days=DAYS)).isoformat()
    return takewhile(lambda draft: draft.occurred_at < end, simulate(shop))


def draw(seed: int, file: Path) -> None:
    """Let the shop of this seed live for four weeks and write the picture of it.

    Raises:
        OrderlakeError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise OrderlakeError("--describe needs matplotlib: pip install 'orderlake[plots]'") from error
    told = describe(four_weeks(seed))
    figure = Figure(figsize=(12.0, 8.5), dpi=130, layout="constrained")
    (hours, baskets), (revenue, stock) = figure.subplots(2, 2)
    for axes in (baskets, revenue, stock):
        axes.spines[["top", "right"]].set_visible(False)
    _draw_hours(hours, told)
    _draw_baskets(baskets, told)
    _draw_revenue(revenue, told)
    _draw_stock(stock, told)
    figure.suptitle(f"Four weeks of the simulated shop, seed {seed}", fontsize=15, fontweight="bold")
    figure.supxlabel(
        f"{told.events:,} events, {told.orders:,} orders, {len(told.revenue_by_product)} products, "
        f"{len(told.revenue_by_customer):,} customers; times in UTC",
        fontsize=9,
        color=_MUTED,
    )
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise OrderlakeError(f"{file} cannot be written: {error}; name a file such as shop.png") from error


def _draw_hours(axes: "Axes", told: Description) -> None:
    image = axes.imshow(told.orders_by_hour, aspect="auto", cmap="Blues", vmin=0)
    axes.set_title("Orders by hour and weekday")
    axes.set_yticks(range(7), _WEEKDAYS)
    axes.set_xticks(range(0, 24, 3), [f"{hour}:00" for hour in range(0, 24, 3)])
    axes.figure.colorbar(image, ax=axes, label="orders in four weeks")


def _draw_baskets(axes: "Axes", told: Description) -> None:
    sizes = range(1, max(told.basket_sizes, default=1) + 1)
    axes.bar(sizes, [100 * told.basket_sizes[size] / (told.orders or 1) for size in sizes], color=_BLUE)
    mean = sum(size * count for size, count in told.basket_sizes.items()) / (told.orders or 1)
    axes.axvline(mean, color=_ORANGE, linestyle="--")
    axes.annotate(
        f"mean {mean:.1f}",
        (mean, axes.get_ylim()[1]),
        xytext=(6, -14),
        textcoords="offset points",
        color=_ORANGE,
    )
    axes.set_xticks([size for size in sizes if size == 1 or size % 5 == 0])
    axes.set_title("Basket size")
    axes.set_xlabel("different products in an order")
    axes.set_ylabel("% of orders")


def _draw_revenue(axes: "Axes", told: Description) -> None:
    for what, revenue, colour in (
        ("products", told.revenue_by_product.values(), _BLUE),
        ("customers", told.revenue_by_customer.values(), _ORANGE),
    ):
        ranks, shares = _concentration(revenue)
        axes.plot(
            ranks, shares, color=colour, linewidth=2.2, label=f"{what}: top 20% bring {_at_20(shares):.0f}%"
        )
    axes.plot([0, 100], [0, 100], color="#bbbbbb", linewidth=1, linestyle=":")
    axes.axvline(20, color="#bbbbbb", linewidth=1, linestyle=":")
    axes.set_title("Revenue concentration")
    axes.set_xlabel("% of products or customers, best first")
    axes.set_ylabel("% of net revenue")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    axes.legend(loc="lower right", frameon=False)


def _concentration(revenue: Iterable[float]) -> tuple[list[float], list[float]]:
    ordered = sorted(revenue, reverse=True)
    total = sum(ordered) or 1.0
    ranks = [100 * place / len(ordered) for place in range(len(ordered) + 1)] if ordered else [0.0]
    return ranks, [0.0, *(100 * so_far / total for so_far in accumulate(ordered))]


def _at_20(shares: list[float]) -> float:
    return shares[round(0.2 * (len(shares) - 1))]


def _draw_stock(axes: "Axes", told: Description) -> None:
    days = sorted(told.sold_out_by_day)
    axes.bar(range(len(days)), [told.sold_out_by_day[day] for day in days], color=_ORANGE)
    ticks = range(0, len(days), 7)
    axes.set_xticks(ticks, [f"{datetime.fromisoformat(days[tick]):%d %b}" for tick in ticks])
    axes.locator_params(axis="y", integer=True)
    axes.set_title(f"Stock-outs among {len(told.revenue_by_product)} products")
    axes.set_ylabel("sold out at the end of the day")
    axes.set_xlabel("day")

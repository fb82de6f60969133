"""What is on which page: every panel with its question, its units and where its rows come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import plotly.graph_objects as go

from dashboards import figures, tiles
from dashboards.figures import Context
from dashboards.lake import Rows
from dashboards.tiles import Tiles

DAYS: Final = ("since", "until")
SALES: Final = ("country", "category", "currency")
OF_CATEGORY: Final = ("category", "category")  # whether one is chosen, and which
NO_SALES: Final = "No sales in these days with these filters: widen them, or run the gold job."


@dataclass(frozen=True)
class Question:
    """A statement of `sql/`, and the filters that are bound to its `?`, in order.

    Of an answer with a column `currency` the rows of the chosen currency are shown.
    """

    file: str
    filters: tuple[str, ...] = ()


Source = Question | Literal["job_runs", "alarms"]


@dataclass(frozen=True)
class Panel:
    """One question on a page, a table unless it has a figure or tiles; `live` answers are kept for 2 s."""

    name: str
    title: str
    units: str
    source: Source
    empty: str
    figure: Callable[[Rows, Context], go.Figure] | None = None
    tiles: Tiles | None = None
    live: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Page:
    """Panels in order; `filters` are the ones that its panels take."""

    name: str
    title: str
    filters: tuple[str, ...]
    panels: tuple[Panel, ...]


SALES_PAGE: Final = Page(
    "sales",
    "Sales",
    ("since", "until", "country", "category", "currency"),
    (
        Panel(
            "last-hour",
            "What happened in the last hour?",
            "Live, all countries and categories · by the time of the event",
            Question("dashboard/live_last_hour", ("currency",)),
            "",
            tiles=tiles.last_hour,
            live=True,
        ),
        Panel(
            "today",
            "What was sold today?",
            "{currency} and units · the shop's day, {zone} · as of the last gold job",
            Question("dashboard/sales_today", ("today", "today", "today", *SALES)),
            NO_SALES,
            tiles=tiles.today,
        ),
        Panel(
            "minutes",
            "How many orders come in, minute by minute?",
            "Orders a minute in the last hour · {zone} · all countries and categories",
            Question("dashboard/live_minutes", ("currency",)),
            "No order in the last hour. Send some: orderlake produce --rate 50",
            figure=figures.live_minutes,
            live=True,
            wide=True,
        ),
        Panel(
            "trend",
            "How does revenue develop?",
            "{currency} a day · the shop's days, {zone}",
            Question("dashboard/sales_by_day", (*SALES, *DAYS)),
            NO_SALES,
            figure=figures.by_day,
            wide=True,
        ),
        Panel(
            "categories",
            "Which categories bring the most revenue?",
            "{currency} in the days chosen · the shop's days, {zone}",
            Question("dashboard/sales_by_category", (*DAYS, *SALES)),
            NO_SALES,
            figure=figures.revenue_by_category,
        ),
        Panel(
            "countries",
            "Which countries bring the most revenue?",
            "{currency} in the days chosen · the shop's days, {zone}",
            Question("dashboard/sales_by_country", (*DAYS, *SALES)),
            NO_SALES,
            figure=figures.revenue_by_country,
        ),
        Panel(
            "products",
            "Which products bring the most revenue?",
            "{currency} in the days chosen · the shop's days, {zone} · the first 15 of 100 in the table",
            Question("dashboard/sales_by_product", (*DAYS, *SALES)),
            NO_SALES,
            figure=figures.revenue_by_product,
            wide=True,
        ),
    ),
)
NO_CUSTOMERS: Final = "No customer has bought in this currency yet: produce orders, then run both jobs."
NO_BUYERS: Final = (
    "No known customer bought in these days with these filters: widen them, or run the silver job."
)
CUSTOMERS_PAGE: Final = Page(
    "customers",
    "Customers",
    ("since", "until", "country", "category", "currency"),
    (
        Panel(
            "top-share",
            "What do the top 10% of customers bring?",
            "{currency} in the days chosen · orders without a customer are not counted",
            Question("dashboard/customer_deciles", (*DAYS, *SALES)),
            NO_BUYERS,
            tiles=tiles.top_share,
            wide=True,
        ),
        Panel(
            "deciles",
            "How is revenue spread over customers?",
            "{currency} in the days chosen, for each tenth of the customers",
            Question("dashboard/customer_deciles", (*DAYS, *SALES)),
            NO_BUYERS,
            figure=figures.deciles,
        ),
        Panel(
            "segments",
            "Which segments bring the money?",
            "{currency} over all time, countries and categories · by recency, frequency and money, in thirds",
            Question("analytics/rfm_segments"),
            NO_CUSTOMERS,
            figure=figures.segments,
        ),
        Panel(
            "top-customers",
            "Who are the top 10% of customers?",
            "{currency} in the days chosen · the first 20; all of them in the CSV",
            Question("dashboard/top_customers", (*DAYS, *SALES)),
            NO_BUYERS,
        ),
        Panel(
            "cohorts",
            "How many customers buy again?",
            "Share of a month's new customers · months in {zone} · all countries, categories and currencies",
            Question("analytics/cohort_retention"),
            NO_CUSTOMERS,
            figure=figures.cohorts,
        ),
    ),
)
NO_STOCK: Final = "No product is known yet: produce orders, then run both jobs."
INVENTORY_PAGE: Final = Page(
    "inventory",
    "Inventory",
    ("category",),
    (
        Panel(
            "stock",
            "How much of the assortment is low?",
            "Products in all countries · demand of the four weeks up to the last day with sales",
            Question("dashboard/inventory_summary", OF_CATEGORY),
            NO_STOCK,
            tiles=tiles.inventory,
            wide=True,
        ),
        Panel(
            "cover",
            "How long does the stock last?",
            "Products by days of cover at the demand of four weeks",
            Question("dashboard/inventory_cover", OF_CATEGORY),
            NO_STOCK,
            figure=figures.cover,
            wide=True,
        ),
        Panel(
            "low-stock",
            "What is low in stock against demand?",
            "Units · stock on hand beside what 14 days sell, the shortest first",
            Question("dashboard/low_stock", OF_CATEGORY),
            "Nothing is low: every counted product lasts 14 days or more.",
            figure=figures.stock_against_demand,
            wide=True,
        ),
    ),
)

OPERATIONS_PAGE: Final = Page(
    "operations",
    "Operations",
    (),
    (
        Panel(
            "freshness",
            "How fresh is each layer?",
            "Last record (bronze, quarantine: of six hours), last published run (silver, gold) · {zone}",
            Question("dashboard/freshness"),
            "Nothing has arrived yet.",
            tiles=tiles.freshness,
            live=True,
            wide=True,
        ),
        Panel(
            "alarms",
            "Which alarms ring?",
            "CloudWatch's alarms, those that ring first · {zone}",
            "alarms",
            "This environment has no alarms: apply infra/terraform.",
            live=True,
            wide=True,
        ),
        Panel(
            "lag",
            "How long do events wait in the stream?",
            "Seconds from Kinesis to the function, by minute of arrival in the last hour · {zone}",
            Question("dashboard/lag"),
            "No event arrived in the last hour.",
            figure=figures.lag,
            live=True,
            wide=True,
        ),
        Panel(
            "silver-ledger",
            "Is every event of bronze in silver, once?",
            "Events, compared by identity; not balanced while events wait for the silver job",
            Question("audit/through_silver"),
            "",
            tiles=tiles.ledger,
        ),
        Panel(
            "gold-ledger",
            "Does gold add up to silver?",
            "Days, products and customers whose sums differ",
            Question("audit/through_gold"),
            "",
            tiles=tiles.ledger,
        ),
        Panel(
            "quarantine",
            "Why are records rejected?",
            "Records by reason, all time; orderlake quarantine list shows them",
            Question("analytics/quarantine_by_reason"),
            "No record was rejected.",
            figure=figures.quarantine,
        ),
        Panel(
            "gaps",
            "Which numbers of which producers never arrived?",
            "Numbers of a run; the producers' ledger in full: orderlake audit",
            Question("analytics/producer_sequence_gaps"),
            "None is missing between those that arrived.",
        ),
        Panel(
            "jobs",
            "How did the last job runs end?",
            "Glue's runs, newest first · {zone}",
            "job_runs",
            "No job has run yet: orderlake job silver --wait",
            wide=True,
        ),
        Panel(
            "checks",
            "What did the checks of the last runs find?",
            "Checks of a run before it published · {zone}",
            Question("dashboard/job_checks"),
            "No run has checked anything yet.",
            wide=True,
        ),
    ),
)

PAGES: Final = {page.name: page for page in (SALES_PAGE, CUSTOMERS_PAGE, INVENTORY_PAGE, OPERATIONS_PAGE)}
PANELS: Final = {panel.name: panel for page in PAGES.values() for panel in page.panels}

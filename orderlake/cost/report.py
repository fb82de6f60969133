"""A bill as rows and as one JSON object."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from orderlake.cost.bill import Bill
from orderlake.cost.prices import PriceList

TOTAL_COLUMNS = ("sum", "with_allowances", "without_allowances")
_FOUR_PLACES = Decimal("0.0001")


def total_rows(bill: Bill) -> list[dict[str, object]]:
    """The sums in dollars and cents, the shard apart."""
    return [
        {"sum": name, "with_allowances": _cents(amount), "without_allowances": _cents(without)}
        for name, amount, without in (
            ("total", bill.total, bill.total_without_allowances),
            ("the stream being there (shard)", bill.shard, bill.shard),
            ("everything else", bill.rest, bill.rest_without_allowances),
        )
    ]


def document(bill: Bill, prices: PriceList, facts: Mapping[str, object]) -> dict[str, object]:
    """`total`, its parts and `items`; amounts to four places of a dollar, `facts` say what was asked."""
    return {
        "total": _exact(bill.total),
        "total_without_allowances": _exact(bill.total_without_allowances),
        "shard": _exact(bill.shard),
        "rest": _exact(bill.rest),
        "rest_without_allowances": _exact(bill.rest_without_allowances),
        "currency": prices.currency,
        "region": prices.region,
        "prices_as_of": prices.as_of,
        **facts,
        "items": [{"name": line.name, **line.row()} for line in bill.lines],
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _exact(amount: Decimal) -> Decimal:
    return amount.quantize(_FOUR_PLACES, ROUND_HALF_UP)

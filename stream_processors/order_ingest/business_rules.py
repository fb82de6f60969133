"""What a well-formed event may still break: rules of the business. Pure.

They are also asked of documents whose shape is wrong, so that all that is broken is reported: there
a rule says nothing of a part that it cannot read.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from producer.currencies import CURRENCIES
from producer.money import is_money
from stream_processors.contract import RejectionReason
from stream_processors.order_ingest.rules import BrokenRule

_SALE: Final = "order_placed"
_ADJUSTMENT: Final = "order_adjusted"

Lines = Sequence[Mapping[str, Any]]


def is_sound(event_type: str, payload: Mapping[str, Any]) -> bool:
    """Whether a valid payload surely breaks none of the rules: the quick answer, for nearly all events."""
    if "currency" in payload and payload["currency"] not in CURRENCIES:
        return False
    if "lines" not in payload:
        return not ("amount" in payload and payload["amount"][0] == "-")
    lines: Lines = payload["lines"]
    is_sale, is_adjustment = event_type == _SALE, event_type == _ADJUSTMENT
    numbers = set()
    for line in lines:
        numbers.add(line["line_number"])
        quantity: int = line["quantity"]
        if quantity <= 0 and (is_sale or not quantity):
            return False
        if line["unit_price"][0] == "-" and not is_adjustment:
            return False
    if len(numbers) != len(lines):
        return False
    return "total" not in payload or _sum(lines) == Decimal(payload["total"])


def broken(event: Mapping[str, Any], latest: datetime) -> list[BrokenRule]:
    """Every rule that the event breaks; `latest` is the end of time for now."""
    payload = event.get("payload")
    if not isinstance(payload, dict):
        payload = {}
    event_type = event.get("event_type")
    rules = [*_time_rules(event.get("occurred_at"), latest), *_currency_rules(payload)]
    if _is_negative(payload.get("amount")):
        rules.append(_negative("payload.amount"))
    lines = payload.get("lines")
    if isinstance(lines, Sequence) and all(isinstance(line, dict) for line in lines):
        rules += _line_rules(event_type, lines)
        rules += _total_rules(payload.get("total"), lines)
    return rules


def _time_rules(occurred_at: object, latest: datetime) -> Iterator[BrokenRule]:
    moment = _time(occurred_at)
    if moment is not None and moment > latest:
        yield BrokenRule(
            RejectionReason.TIME_IN_FUTURE,
            "time_in_future",
            "occurred_at",
            "Time should not lie in the future",
        )


def _currency_rules(payload: Mapping[str, Any]) -> Iterator[BrokenRule]:
    currency = payload.get("currency")
    if isinstance(currency, str) and _looks_like_currency(currency) and currency not in CURRENCIES:
        yield BrokenRule(
            RejectionReason.UNKNOWN_CURRENCY,
            "unknown_currency",
            "payload.currency",
            "Currency should be one of ISO 4217",
        )


def _line_rules(event_type: object, lines: Lines) -> Iterator[BrokenRule]:
    seen: set[int] = set()
    for place, line in enumerate(lines):
        path = f"payload.lines[{place}]"
        number, quantity = line.get("line_number"), line.get("quantity")
        if type(number) is int:
            if number in seen:
                yield BrokenRule(
                    RejectionReason.DUPLICATE_LINE_NUMBER,
                    "duplicate_line_number",
                    f"{path}.line_number",
                    "Line number should occur once in an order",
                )
            seen.add(number)
        if type(quantity) is int and _is_wrong_quantity(event_type, quantity):
            yield BrokenRule(
                RejectionReason.WRONG_QUANTITY,
                "wrong_quantity",
                f"{path}.quantity",
                "Quantity should not be 0, and of a sale be above 0",
            )
        if event_type != _ADJUSTMENT and _is_negative(line.get("unit_price")):
            yield _negative(f"{path}.unit_price")


def _is_wrong_quantity(event_type: object, quantity: int) -> bool:
    # What comes back is nearly always negative; a few lines of real order files are not, and stay so.
    return quantity == 0 or (event_type == _SALE and quantity < 0)


def _total_rules(total: object, lines: Lines) -> Iterator[BrokenRule]:
    can_be_added = is_money(total) and all(
        is_money(line.get("unit_price")) and type(line.get("quantity")) is int for line in lines
    )
    if can_be_added and _sum(lines) != Decimal(str(total)):
        yield BrokenRule(
            RejectionReason.TOTAL_MISMATCH,
            "total_mismatch",
            "payload.total",
            "Total should be the sum of quantity times price over the lines",
        )


def _sum(lines: Lines) -> Decimal:
    return sum((line["quantity"] * Decimal(line["unit_price"]) for line in lines), Decimal(0))


def _negative(path: str) -> BrokenRule:
    return BrokenRule(
        RejectionReason.NEGATIVE_AMOUNT, "negative_amount", path, "Only prices of adjustments may be below 0"
    )


def _is_negative(amount: object) -> bool:
    return is_money(amount) and Decimal(str(amount)) < 0


def _looks_like_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)

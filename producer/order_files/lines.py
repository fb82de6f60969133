"""One row of an order file as one line of an order, or the fault that keeps it from being one."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from producer.contract_types import EARLIEST, LATEST, MAX_IDENTIFIER, MAX_QUANTITY, MAX_TEXT
from producer.order_files.rows import LineFault

_ISO_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?"
)
_MONTH_FIRST_TIME: Final = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
)
_QUANTITY: Final = re.compile(r"([+-]?[0-9]{1,12})(?:\.0+)?")
_PRICE: Final = re.compile(r"([+-]?)([0-9]{1,14})(?:\.([0-9]{1,4})0*)?")
_WHOLE_CUSTOMER: Final = re.compile(r"([0-9]+)\.0+")
_CACHED: Final = 50_000


class ShopLine(NamedTuple):
    """A line that can be part of an event. `price` is plain decimal text, `occurred_at` UTC ending in Z."""

    invoice: str
    sku: str
    description: str | None
    quantity: int
    price: str
    occurred_at: str
    customer: str | None
    country: str


class LineParser:
    """Reads fields in the shop's time zone; remembers values, because they repeat."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._times: dict[str, str | None] = {}
        self._prices: dict[str, str | None] = {}
        self._quantities: dict[str, int | None] = {}

    def parse(self, fields: Sequence[str]) -> ShopLine | LineFault:
        """Fields in the order of `rows.EXPECTED_COLUMNS`; the first fault found is the one named."""
        invoice, sku, description, quantity_text, _, price_text, customer, country = fields
        quantity = self._quantity(quantity_text)
        occurred_at = self.time(fields)
        price = self._price(price_text)
        fault: LineFault | None = None
        if not invoice or invoice.isspace():
            fault = LineFault.EMPTY_INVOICE
        elif not sku or sku.isspace():
            fault = LineFault.EMPTY_SKU
        elif quantity is None:
            fault = LineFault.BAD_QUANTITY
        elif occurred_at is None:
            fault = LineFault.BAD_TIME
        elif price is None:
            fault = LineFault.BAD_PRICE
        elif not country or country.isspace():
            fault = LineFault.EMPTY_COUNTRY
        elif (
            len(invoice) > MAX_IDENTIFIER
            or len(sku) > MAX_IDENTIFIER
            or len(description) > MAX_TEXT
            or len(customer) > MAX_IDENTIFIER
            or len(country) > MAX_IDENTIFIER
        ):
            fault = LineFault.VALUE_TOO_LONG
        if fault is not None or quantity is None or price is None or occurred_at is None:
            return fault or LineFault.WRONG_FIELD_COUNT
        return ShopLine(
            invoice, sku, description or None, quantity, price, occurred_at, _customer(customer), country
        )

    def time(self, fields: Sequence[str]) -> str | None:
        """When the line says it happened: UTC, RFC 3339 with `Z`; None where it is no time."""
        text = fields[4]
        try:
            return self._times[text]
        except KeyError:
            if len(self._times) >= _CACHED:
                self._times.clear()
            moment = self._times[text] = self._read_time(text.strip())
            return moment

    def _read_time(self, text: str) -> str | None:
        """Twice-told local times mean the first; times that the clock skips count on from before the gap."""
        if match := _ISO_TIME.fullmatch(text):
            year, month, day, hour, minute, second = match.groups()
        elif match := _MONTH_FIRST_TIME.fullmatch(text):
            month, day, year, hour, minute, second = match.groups()
        else:
            return None
        try:
            local = datetime(
                int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=self._zone
            )
            moment = local.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        if not EARLIEST <= moment < LATEST:
            return None
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def _quantity(self, text: str) -> int | None:
        try:
            return self._quantities[text]
        except KeyError:
            if len(self._quantities) >= _CACHED:
                self._quantities.clear()
            match = _QUANTITY.fullmatch(text.strip())
            value = int(match[1]) if match else None
            if value is not None and not -MAX_QUANTITY - 1 <= value <= MAX_QUANTITY:
                value = None
            self._quantities[text] = value
            return value

    def _price(self, text: str) -> str | None:
        try:
            return self._prices[text]
        except KeyError:
            if len(self._prices) >= _CACHED:
                self._prices.clear()
            price = self._prices[text] = _plain_price(text.strip())
            return price


def _plain_price(text: str) -> str | None:
    """Plain decimal text without needless zeros, so that `2.5` and `2.50` are the same event."""
    if not _PRICE.fullmatch(text):
        return None
    value = Decimal(text)
    if not value:
        return "0"
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _customer(text: str) -> str | None:
    """`14646` for `14646.0`, None for nothing."""
    text = text.strip()
    if match := _WHOLE_CUSTOMER.fullmatch(text):
        return match[1]
    return text or None

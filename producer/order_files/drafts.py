"""Lines of one invoice as drafts of events."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson

from producer.contract import MAX_EVENT_BYTES, identity
from producer.contract_types import MAX_LINES, MAX_RAW_LINE
from producer.draft import EventDraft
from producer.order_files.lines import ShopLine
from producer.order_files.rows import LineFault, Row
from producer.upcasting import DEFAULT_CHANNEL

# Room for the envelope: the longest producer_id, escaped, and the rest.
MAX_PAYLOAD_BYTES: Final = MAX_EVENT_BYTES - 4 * 1024

NumberedLine = tuple[int, ShopLine]
"""A line and its place within its invoice, from 1."""


class DraftMaker(NamedTuple):
    """Turns lines into drafts; `categories` maps a SKU to its category."""

    source: str
    currency: str
    default_category: str
    categories: Mapping[str, str]

    def orders(self, event_type: str, lines: Sequence[NumberedLine]) -> Iterator[EventDraft]:
        """Events of one order: one, or as many as the contract's limits and its customers ask for."""
        for _, same in groupby(lines, key=lambda numbered: (numbered[1].customer, numbered[1].country)):
            yield from self._within_limits(event_type, list(same))

    def stock(self, lines: Sequence[NumberedLine]) -> Iterator[EventDraft]:
        """One event for each line."""
        for number, line in lines:
            payload: dict[str, Any] = {"sku": line.sku, "kind": "movement", "quantity": line.quantity}
            if line.description is not None:
                payload["description"] = line.description
            payload["reference"] = line.invoice
            payload["line_number"] = number
            event_id = identity(self.source, line.invoice, "stock_adjusted", number)
            yield EventDraft(
                str(event_id), "stock_adjusted", line.occurred_at, line.sku, orjson.dumps(payload).decode()
            )

    def rejected(self, row: Row, fault: LineFault, event_id: str, occurred_at: str) -> EventDraft:
        """The event that carries a line to quarantine."""
        return rejected_line(self.source, row.number, fault.value, row.raw, event_id, occurred_at)

    def rejected_id(self, invoice: str, number: int) -> str:
        """A line of a known invoice is known by its place in it."""
        return str(identity(self.source, invoice, "source_line_rejected", number))

    def stray_id(self, digest: bytes, occurrence: int) -> str:
        """A line of no known invoice is known by its text, and by how many equal ones came before."""
        return stray_id(self.source, digest, occurrence)

    def _within_limits(self, event_type: str, lines: Sequence[NumberedLine]) -> Iterator[EventDraft]:
        if len(lines) <= MAX_LINES:
            payload = orjson.dumps(self._order(lines))
            if len(payload) <= MAX_PAYLOAD_BYTES:
                number, first = lines[0]
                event_id = identity(self.source, first.invoice, event_type, number)
                yield EventDraft(
                    str(event_id), event_type, first.occurred_at, first.invoice, payload.decode()
                )
                return
        half = len(lines) // 2
        yield from self._within_limits(event_type, lines[:half])
        yield from self._within_limits(event_type, lines[half:])

    def _order(self, lines: Sequence[NumberedLine]) -> dict[str, Any]:
        first = lines[0][1]
        payload: dict[str, Any] = {"order_id": first.invoice}
        if first.customer is not None:
            payload["customer_id"] = first.customer
        payload["country"] = first.country
        payload["currency"] = self.currency
        payload["channel"] = DEFAULT_CHANNEL
        payload["lines"] = [self._line(number, line) for number, line in lines]
        return payload

    def _line(self, number: int, line: ShopLine) -> dict[str, Any]:
        fields: dict[str, Any] = {"line_number": number, "sku": line.sku}
        if line.description is not None:
            fields["description"] = line.description
        fields["category"] = self.categories.get(line.sku, self.default_category)
        fields["quantity"] = line.quantity
        fields["unit_price"] = line.price
        return fields


def rejected_line(
    source: str, number: int, reason: str, raw_line: str, event_id: str, occurred_at: str
) -> EventDraft:
    """The event that carries a line, or as much of it as one takes, to quarantine."""
    payload = {"source": source, "line_number": number, "reason": reason, "raw_line": raw_line[:MAX_RAW_LINE]}
    return EventDraft(event_id, "source_line_rejected", occurred_at, source, orjson.dumps(payload).decode())


def stray_id(source: str, digest: bytes, occurrence: int) -> str:
    """The id of a rejected line that is known by its text alone: `occurrence` of equal ones, from 1."""
    return str(identity(source, "", f"source_line_rejected\x1f{digest.hex()}", occurrence))


def digest_of(row: Row) -> bytes:
    """What identifies a row's text."""
    return sha256(row.raw.encode(errors="surrogatepass")).digest()

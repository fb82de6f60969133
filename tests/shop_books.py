"""A shop's books kept from its events alone; every entry is held against those before it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from producer.contract import (
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderReturned,
    StockAdjusted,
)


class Books:
    """Stock by SKU, and where the money of all orders is."""

    def __init__(self, events: Iterable[OrderEvent]) -> None:
        self.stock: dict[str, int] = {}
        self.stocktakes = 0
        self.paid = self.refunded = self.cancelled = Decimal()
        self._unpaid: dict[str, Decimal] = {}
        self._bought: dict[str, dict[str, int]] = {}
        for event in events:
            self._enter(event)

    @property
    def unpaid(self) -> Decimal:
        """Ordered and neither paid nor cancelled yet."""
        return sum(self._unpaid.values(), Decimal())

    @property
    def revenue(self) -> Decimal:
        return self.paid - self.refunded

    def _enter(self, event: OrderEvent) -> None:
        payload = event.payload
        if isinstance(event, StockAdjusted):
            self._move_stock(event)
        elif isinstance(event, OrderPlaced | OrderReturned):
            total = sum((line.quantity * line.unit_price for line in event.payload.lines), Decimal())
            assert event.payload.total == total
            sold: dict[str, int] = defaultdict(int)
            for line in event.payload.lines:
                sold[line.sku] += line.quantity
            self._take(sold)
            if isinstance(event, OrderPlaced):
                self._bought[event.payload.order_id] = sold
                self._unpaid[event.payload.order_id] = total
            else:
                bought = self._bought[str(event.payload.original_order_id)]
                assert all(0 < -quantity <= bought[sku] for sku, quantity in sold.items())
                self.refunded -= total
        elif isinstance(event, OrderPaid):
            assert event.payload.amount == self._unpaid.pop(event.payload.order_id)
            self.paid += event.payload.amount
        elif isinstance(event, OrderCancelled):
            self.cancelled += self._unpaid.pop(event.payload.order_id)
            self._take({sku: -quantity for sku, quantity in self._bought[event.payload.order_id].items()})
        else:
            assert payload.partition_key() in self._bought

    def _move_stock(self, event: StockAdjusted) -> None:
        sku, quantity = event.payload.sku, event.payload.quantity
        if event.payload.kind == "movement":
            self.stock[sku] += quantity
        else:
            self.stocktakes += sku in self.stock
            assert self.stock.setdefault(sku, quantity) == quantity

    def _take(self, sold: dict[str, int]) -> None:
        for sku, quantity in sold.items():
            self.stock[sku] -= quantity
            assert self.stock[sku] >= 0

"""The shop at work: orders come in and move on, stock is counted and filled up."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from heapq import heappop, heappush
from random import Random
from typing import Final, NamedTuple

from producer.draft import EventDraft
from producer.simulator.pools import Customer, Pools, Product, make_pools, pounds
from producer.simulator.settings import ShopSettings

_MINUTE: Final = 60 * 1_000_000
_HOUR: Final = 60 * _MINUTE
_BLOCK: Final = 1_024
_CANCEL_REASONS: Final = ("changed my mind", "ordered twice", "found it cheaper", "arrives too late")


class _Order(NamedTuple):
    """An order under way; `lines` are product and quantity, `total` pence."""

    order_id: str
    customer: Customer
    lines: tuple[tuple[int, int], ...]
    total: int


class _Step(NamedTuple):
    """What happens next to an order, or to a product's stock, and when; `place` breaks ties."""

    due: int
    place: int
    kind: str
    order: _Order | None
    product: int


def simulate(settings: ShopSettings) -> Iterator[EventDraft]:
    """Events without end, each `1 / events_per_second` after the one before.

    An order is placed, paid, shipped and delivered, with some cancelled and some returned in part;
    the amount paid is the sum of the lines, and a return repeats their prices. A product is counted
    before it first sells, never sells more than there is, and is filled up when it runs low.
    """
    return _Shop(settings, make_pools(settings)).events()


class _Shop:
    def __init__(self, settings: ShopSettings, pools: Pools) -> None:
        self._settings = settings
        self._pools = pools
        self._random = Random(f"shop {settings.seed}")  # noqa: S311 - no secret
        self._currency = settings.currency
        self._numbers = f"{settings.seed} {settings.start_microseconds}"
        self._prefix = f"W{sha256(self._numbers.encode()).hexdigest()[:8]}-"
        self._orders = 0
        self._steps: list[_Step] = []
        self._step_count = 0
        self._open_orders = 0
        self._stock: dict[int, int] = {}
        self._restocking: set[int] = set()
        self._ready: deque[tuple[str, str, str]] = deque()
        self._customers = self._draw_customers()
        self._products = self._draw_products()
        self._second = -1
        self._second_text = ""

    def events(self) -> Iterator[EventDraft]:
        begin = self._settings.start_microseconds
        interval = 1_000_000 / self._settings.events_per_second
        bits = self._random.getrandbits
        number = 0
        while True:
            now = begin + round(number * interval)
            if not self._ready:
                self._happen(now)
                continue
            event_type, key, payload = self._ready.popleft()
            event_id = _random_uuid(bits(128))
            yield EventDraft(event_id, event_type, self._text(now), key, payload.encode())
            number += 1

    def _happen(self, now: int) -> None:
        """Make at least one event ready."""
        if self._steps and (self._steps[0].due <= now or self._open_orders >= self._settings.max_open_orders):
            self._step(heappop(self._steps), now)
        else:
            self._place_order(now)

    def _place_order(self, now: int) -> None:
        random = self._random
        customer = next(self._customers)
        wanted: dict[int, int] = {}
        for _ in range(min(20, 1 + int(random.expovariate(0.45)))):
            product = next(self._products)
            wanted[product] = wanted.get(product, 0) + random.choice((1, 1, 1, 2, 2, 3, 4, 6, 12))
        lines = []
        total = 0
        for product, quantity in wanted.items():
            sold = min(quantity, self._on_hand(product))
            if sold:
                self._take(product, sold, now)
                lines.append((product, sold))
                total += sold * self._pools.products[product].price
        if not lines:
            self._restock(next(iter(wanted)))
            return
        self._orders += 1
        order = _Order(f"{self._prefix}{self._orders:07d}", customer, tuple(lines), total)
        self._ready.append(("order_placed", order.order_id, self._order_json(order, order.order_id, lines)))
        self._open_orders += 1
        is_cancelled = random.random() < self._settings.cancelled_share
        self._later(now, 3 * _MINUTE, "cancelled" if is_cancelled else "paid", order)

    def _step(self, step: _Step, now: int) -> None:
        order = step.order
        if order is None:
            self._restock(step.product)
            return
        order_json = f'{{"order_id":"{order.order_id}"'
        if step.kind == "paid":
            text = f'{order_json},"amount":"{pounds(order.total)}","currency":"{self._currency}"}}'
            self._ready.append(("order_paid", order.order_id, text))
            self._later(now, 20 * _HOUR, "shipped", order)
        elif step.kind == "shipped":
            self._ready.append(("order_shipped", order.order_id, order_json + "}"))
            self._later(now, 40 * _HOUR, "delivered", order)
        elif step.kind == "delivered":
            self._ready.append(("order_delivered", order.order_id, order_json + "}"))
            if self._random.random() < self._settings.returned_share:
                self._later(now, 120 * _HOUR, "returned", order)
            else:
                self._open_orders -= 1
        elif step.kind == "cancelled":
            reason = self._random.choice(_CANCEL_REASONS)
            text = f'{order_json},"cancellation_reason":"{reason}"}}'
            self._ready.append(("order_cancelled", order.order_id, text))
            self._put_back(order.lines)
        else:
            self._return(order)

    def _return(self, order: _Order) -> None:
        """Part of the order comes back: some lines, and of each some pieces."""
        random = self._random
        chosen = random.sample(order.lines, random.randint(1, len(order.lines)))
        lines = [(product, -random.randint(1, quantity)) for product, quantity in chosen]
        return_id = f"{order.order_id}-R"
        text = self._order_json(order, return_id, lines)
        text = f'{text[:-1]},"original_order_id":"{order.order_id}"}}'
        self._ready.append(("order_returned", return_id, text))
        self._put_back(tuple((product, -quantity) for product, quantity in lines))

    def _put_back(self, lines: tuple[tuple[int, int], ...]) -> None:
        for product, quantity in lines:
            self._stock[product] += quantity
        self._open_orders -= 1

    def _on_hand(self, product: int) -> int:
        """Pieces in stock; a product is counted when it is first wanted."""
        stock = self._stock.get(product)
        if stock is None:
            stock = self._stock[product] = self._random.randrange(200, 2_000)
            self._stock_event(self._pools.products[product], "count", stock)
        return stock

    def _take(self, product: int, quantity: int, now: int) -> None:
        self._stock[product] -= quantity
        if self._stock[product] < 60 and product not in self._restocking:
            self._restocking.add(product)
            self._later(now, 24 * _HOUR, "restock", None, product)

    def _restock(self, product: int) -> None:
        quantity = self._random.randrange(400, 2_400)
        self._restocking.discard(product)
        self._stock[product] += quantity
        self._stock_event(self._pools.products[product], "movement", quantity)

    def _stock_event(self, product: Product, kind: str, quantity: int) -> None:
        text = f'{{"sku":"{product.sku}","kind":"{kind}","quantity":{quantity}}}'
        self._ready.append(("stock_adjusted", product.sku, text))

    def _later(self, now: int, mean: int, kind: str, order: _Order | None, product: int = -1) -> None:
        delay = self._random.expovariate(1.0) * mean / self._settings.life_speed
        self._step_count += 1
        heappush(self._steps, _Step(now + int(delay), self._step_count, kind, order, product))

    def _order_json(self, order: _Order, order_id: str, lines: list[tuple[int, int]]) -> str:
        products = self._pools.products
        listed = ",".join(
            f'{{"line_number":{number},{products[product].head}{quantity}{products[product].tail}'
            for number, (product, quantity) in enumerate(lines, start=1)
        )
        return (
            f'{{"order_id":"{order_id}",{order.customer.json},"currency":"{self._currency}",'
            f'"channel":"web","lines":[{listed}]}}'
        )

    def _draw_customers(self) -> Iterator[Customer]:
        while True:
            yield from self._random.choices(
                self._pools.customers, cum_weights=self._pools.customer_weights, k=_BLOCK
            )

    def _draw_products(self) -> Iterator[int]:
        everything = range(len(self._pools.products))
        while True:
            yield from self._random.choices(everything, cum_weights=self._pools.product_weights, k=_BLOCK)

    def _text(self, moment: int) -> str:
        """Epoch microseconds as RFC 3339."""
        second, fraction = divmod(moment, 1_000_000)
        if second != self._second:
            self._second = second
            self._second_text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._second_text}.{fraction:06d}Z" if fraction else f"{self._second_text}Z"


def _random_uuid(bits: int) -> str:
    """128 random bits as a UUID of version 4."""
    name = f"{bits:032x}"
    variant = "89ab"[bits >> 62 & 3]
    return f"{name[:8]}-{name[8:12]}-4{name[13:16]}-{variant}{name[17:20]}-{name[20:]}"

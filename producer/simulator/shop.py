"""The shop at work: orders come in and move on, stock is sold, filled up and counted."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from heapq import heappop, heappush
from math import log
from random import Random
from typing import Final, NamedTuple

from producer.draft import EventDraft
from producer.simulator.baskets import Baskets, Line
from producer.simulator.calendar import Hour, hours
from producer.simulator.pools import Customer, Pools, Product, make_pools, pounds
from producer.simulator.settings import ShopSettings
from producer.simulator.stock import Stock

_MINUTE: Final = 60 * 1_000_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_BLOCK: Final = 1_024
# So many customers in a row may find nothing before time moves on.
_MOST_LOST: Final = 50
_EVENTS_OF_AN_ORDER: Final = 4.0
_CANCEL_REASONS: Final = ("changed my mind", "ordered twice", "found it cheaper", "arrives too late")


class _Order(NamedTuple):
    """An order under way; `total` in pence."""

    order_id: str
    customer: Customer
    lines: tuple[Line, ...]
    total: int


# What happens next to an order, or to a product's stock: when, a place that breaks ties, what, to which.
_Step = tuple[int, int, str, _Order | None, int]


def simulate(settings: ShopSettings) -> Iterator[EventDraft]:
    """Events without end, evenly or in the shop's rhythm, on average `events_per_second`.

    An order is placed, paid, shipped and delivered, with some cancelled and some returned in part;
    the amount paid is the sum of the lines, and a return repeats their prices. A product is counted
    before it first sells and every other week, never sells more than there is, and is filled up some
    days after it runs low.
    """
    return _Shop(settings, make_pools(settings)).events()


class _Shop:
    def __init__(self, settings: ShopSettings, pools: Pools) -> None:
        self._settings = settings
        self._pools = pools
        self._random = Random(f"shop {settings.seed}")  # noqa: S311 - no secret
        self._numbers = f"{settings.seed} {settings.start_microseconds}"
        self._prefix = f"W{sha256(self._numbers.encode()).hexdigest()[:8]}-"
        self._orders = 0
        self._steps: list[_Step] = []
        self._step_count = 0
        self._open_orders = 0
        self._lost = 0
        self._stock = Stock(self._random)
        self._baskets = Baskets(pools, self._random)
        self._hours = hours(settings)
        self._hour: Hour = next(self._hours)
        self._ready: deque[tuple[str, str, str]] = deque()
        self._customers = self._draw_customers()
        self._event_ids = self._draw_event_ids()
        self._second = -1
        self._second_text = ""

    def events(self) -> Iterator[EventDraft]:
        return self._as_they_come() if self._settings.rhythm else self._evenly()

    def _evenly(self) -> Iterator[EventDraft]:
        """Every moment has one event: a step that is due, else a new order."""
        for now in self._moments(self._settings.events_per_second):
            while not self._ready:
                self._happen(now)
            yield self._next_draft(now)

    def _as_they_come(self) -> Iterator[EventDraft]:
        """Orders come in the shop's rhythm, and what follows from them when it is due."""
        told = 0
        for now in self._moments(self._settings.events_per_second / _EVENTS_OF_AN_ORDER):
            is_placed = False
            while not is_placed:
                moment = now
                if self._is_crowded() or (self._steps and self._steps[0][0] <= now):
                    step = heappop(self._steps)
                    moment = min(step[0], now)
                    self._step(step, moment)
                else:
                    self._place_order(now)
                    is_placed = True
                while self._ready:
                    told = max(moment, told + 1)
                    yield self._next_draft(told)

    def _next_draft(self, moment: int) -> EventDraft:
        event_type, key, payload = self._ready.popleft()
        return EventDraft(next(self._event_ids), event_type, self._text(moment), key, payload.encode())

    def _moments(self, rate: float) -> Iterator[int]:
        """When something comes, `rate` times a second on average, in epoch microseconds."""
        begin = self._settings.start_microseconds
        interval = 1_000_000 / rate
        weight = self._hour.weight
        number = 0
        while True:
            now = begin + round(number * interval / weight)
            if now < self._hour.ends:
                yield now
                number += 1
                continue
            ended = self._hour.ends
            self._hour = next(self._hours)
            if self._hour.weight != weight:
                # What is left of the gap passes at the new hour's speed.
                begin = ended + round((now - ended) * weight / self._hour.weight)
                weight, number = self._hour.weight, 0

    def _happen(self, now: int) -> None:
        """Let the next thing happen; most make an event ready."""
        if self._steps and (self._steps[0][0] <= now or self._lost >= _MOST_LOST or self._is_crowded()):
            self._lost = 0
            self._step(heappop(self._steps), now)
        else:
            self._place_order(now)

    def _is_crowded(self) -> bool:
        return self._open_orders >= self._settings.max_open_orders

    def _place_order(self, now: int) -> None:
        customer = next(self._customers)
        campaign = self._hour.campaign
        lines = []
        total = 0
        for product, quantity in self._baskets.draw(campaign).items():
            if product not in self._stock:
                self._count_first(product, now)
            sold = min(quantity, self._stock[product])
            if sold:
                line = self._baskets.line(product, sold, campaign)
                lines.append(line)
                total += sold * line.price
                if self._stock.take(product, sold):
                    self._later(now, 36 * _HOUR, "restock", None, product)
        if not lines:
            self._lost += 1
            return
        self._orders += 1
        order = _Order(f"{self._prefix}{self._orders:07d}", customer, tuple(lines), total)
        self._tell("order_placed", order.order_id, self._order_json(order, order.order_id, order.lines) + "}")
        self._open_orders += 1
        is_cancelled = self._random.random() < self._settings.cancelled_share
        self._later(now, 3 * _MINUTE, "cancelled" if is_cancelled else "paid", order)

    def _step(self, step: _Step, now: int) -> None:
        _, _, kind, order, product = step
        if order is None:
            self._stock_step(kind, product, now)
            return
        order_json = f'{{"order_id":"{order.order_id}"'
        if kind == "paid":
            currency = self._settings.currency
            text = f'{order_json},"amount":"{pounds(order.total)}","currency":"{currency}"}}'
            self._tell("order_paid", order.order_id, text)
            self._later(now, 20 * _HOUR, "shipped", order)
        elif kind == "shipped":
            self._tell("order_shipped", order.order_id, order_json + "}")
            self._later(now, 40 * _HOUR, "delivered", order)
        elif kind == "delivered":
            self._tell("order_delivered", order.order_id, order_json + "}")
            if self._random.random() < self._settings.returned_share:
                self._later(now, 120 * _HOUR, "returned", order)
            else:
                self._open_orders -= 1
        elif kind == "cancelled":
            reason = self._random.choice(_CANCEL_REASONS)
            self._tell("order_cancelled", order.order_id, f'{order_json},"cancellation_reason":"{reason}"}}')
            self._put_back(order.lines)
        else:
            self._return(order)

    def _return(self, order: _Order) -> None:
        """Part of the order comes back: some lines, and of each some pieces."""
        random = self._random
        chosen = random.sample(order.lines, random.randint(1, len(order.lines)))
        lines = tuple(line._replace(quantity=-random.randint(1, line.quantity)) for line in chosen)
        return_id = f"{order.order_id}-R"
        text = self._order_json(order, return_id, lines) + f',"original_order_id":"{order.order_id}"}}'
        self._tell("order_returned", return_id, text)
        self._put_back(tuple(line._replace(quantity=-line.quantity) for line in lines))

    def _put_back(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            self._stock.put_back(line.product, line.quantity)
        self._open_orders -= 1

    def _count_first(self, product: int, now: int) -> None:
        self._tell_stock(self._pools.products[product], "count", self._stock.count_first(product))
        self._later(now, 14 * _DAY, "count", None, product)

    def _stock_step(self, kind: str, product: int, now: int) -> None:
        if kind == "count":
            self._tell_stock(self._pools.products[product], "count", self._stock[product])
            self._later(now, 14 * _DAY, "count", None, product)
        else:
            self._tell_stock(self._pools.products[product], "movement", self._stock.fill_up(product))

    def _tell(self, event_type: str, key: str, payload: str) -> None:
        self._ready.append((event_type, key, payload))

    def _tell_stock(self, product: Product, kind: str, quantity: int) -> None:
        text = f'{{"sku":"{product.sku}","kind":"{kind}","quantity":{quantity}}}'
        self._tell("stock_adjusted", product.sku, text)

    def _later(self, now: int, mean: int, kind: str, order: _Order | None, product: int = -1) -> None:
        delay = -log(1.0 - self._random.random()) * mean / self._settings.life_speed
        self._step_count += 1
        heappush(self._steps, (now + int(delay), self._step_count, kind, order, product))

    def _order_json(self, order: _Order, order_id: str, lines: tuple[Line, ...]) -> str:
        """The payload, its last brace left open."""
        products = self._pools.products
        listed = ",".join(
            [
                f'{{"line_number":{number},{products[line.product].head}{line.quantity}{line.tail}'
                for number, line in enumerate(lines, start=1)
            ]
        )
        total = sum([line.quantity * line.price for line in lines])
        return f'{{"order_id":"{order_id}",{order.customer.json},"lines":[{listed}],"total":"{pounds(total)}"'

    def _draw_customers(self) -> Iterator[Customer]:
        while True:
            yield from self._random.choices(
                self._pools.customers, cum_weights=self._pools.customer_weights, k=_BLOCK
            )

    def _draw_event_ids(self) -> Iterator[str]:
        """UUIDs of version 4: 122 random bits for a block, whose ids then count up."""
        while True:
            bits = self._random.getrandbits(128)
            name = f"{bits:032x}"
            head = f"{name[:8]}-{name[8:12]}-4{name[13:16]}-{'89ab'[bits >> 62 & 3]}{name[17:20]}-"
            first = bits & 0xFFFF_FFFF_0000
            for number in range(first, first + _BLOCK):
                yield f"{head}{number:012x}"

    def _text(self, moment: int) -> str:
        """Epoch microseconds as RFC 3339."""
        second, fraction = divmod(moment, 1_000_000)
        if second != self._second:
            self._second = second
            self._second_text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._second_text}.{fraction:06d}Z" if fraction else f"{self._second_text}Z"

"""The shop at work: orders come in and move on, stock is sold, filled up and counted."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from heapq import heappop, heappush
from math import log
from random import Random
from typing import Any, Final, NamedTuple, TypeVar

from producer.draft import EventDraft
from producer.simulator.baskets import Baskets, Offer
from producer.simulator.calendar import Hour, hours
from producer.simulator.pools import Customer, Pools, make_pools, pounds
from producer.simulator.settings import ShopSettings
from producer.simulator.stock import Stock

_MINUTE: Final = 60 * 1_000_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_BLOCK: Final = 1_024
# So many customers in a row may find nothing before time moves on.
_MOST_LOST: Final = 50
_EVENTS_OF_AN_ORDER: Final = 4.0
_LAST_DIGITS: Final = [f"{number:03x}" for number in range(4_096)]
_CANCEL_REASONS: Final = ("changed my mind", "ordered twice", "found it cheaper", "arrives too late")


_Subject = TypeVar("_Subject")
# What of an order, and how many pieces.
_Line = tuple[Offer, int]


class _Order(NamedTuple):
    """An order under way; `total` is money."""

    order_id: str
    customer: Customer
    lines: list[_Line]
    total: str


# When in epoch microseconds, a place that breaks ties, what happens, and to which order or product.
_Step = tuple[int, int, Callable[[Any, int], None], object]


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
        self._uniform = self._random.random
        self._life_speed = settings.life_speed
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
        ready, happen, next_draft = self._ready, self._happen, self._next_draft
        for now in self._moments(self._settings.events_per_second):
            while not ready:
                happen(now)
            yield next_draft(now)

    def _as_they_come(self) -> Iterator[EventDraft]:
        """Orders come in the shop's rhythm, and what follows from them when it is due."""
        told = 0
        for now in self._moments(self._settings.events_per_second / _EVENTS_OF_AN_ORDER):
            is_placed = False
            while not is_placed:
                moment = now
                if self._is_crowded() or (self._steps and self._steps[0][0] <= now):
                    due, _, action, subject = heappop(self._steps)
                    moment = min(due, now)
                    action(subject, moment)
                else:
                    self._place_order(now)
                    is_placed = True
                while self._ready:
                    told = max(moment, told + 1)
                    yield self._next_draft(told)

    def _next_draft(self, moment: int) -> EventDraft:
        second, fraction = divmod(moment, 1_000_000)
        if second != self._second:
            self._second = second
            self._second_text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        occurred_at = f"{self._second_text}.{fraction:06d}Z" if fraction else f"{self._second_text}Z"
        event_type, key, payload = self._ready.popleft()
        # A NamedTuple's own constructor costs twice as much.
        return tuple.__new__(EventDraft, (next(self._event_ids), event_type, occurred_at, key, payload, None))

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
            _, _, action, subject = heappop(self._steps)
            action(subject, now)
        else:
            self._place_order(now)

    def _is_crowded(self) -> bool:
        return self._open_orders >= self._settings.max_open_orders

    def _place_order(self, now: int) -> None:
        customer = next(self._customers)
        offers = self._baskets.offers(self._hour.campaign)
        sell = self._stock.sell
        lines: list[_Line] = []
        for product, wanted in self._baskets.draw(self._hour.campaign).items():
            if sell(product, wanted):
                lines.append((offers[product], wanted))
            elif sold := self._sell_last(product, wanted, now):
                lines.append((offers[product], sold))
        if not lines:
            self._lost += 1
            return
        self._orders += 1
        order_id = f"{self._prefix}{self._orders:07d}"
        text, total = _order_json(order_id, customer, lines)
        self._tell("order_placed", order_id, text + "}")
        self._open_orders += 1
        is_cancelled = self._uniform() < self._settings.cancelled_share
        order = _Order(order_id, customer, lines, total)
        self._later(now, 3 * _MINUTE, self._cancel if is_cancelled else self._pay, order)

    def _sell_last(self, product: int, wanted: int, now: int) -> int:
        """Sell what is left of a product, or begin with one that nobody wanted before; returns the pieces."""
        stock = self._stock
        if product not in stock:
            stock.begin(product)
            self._count(product, now)
        sold = stock.sell_last(product, wanted)
        if stock.order_if_low(product):
            self._later(now, 36 * _HOUR, self._fill_up, product)
        return sold

    def _pay(self, order: _Order, now: int) -> None:
        amount = f'"amount":"{order.total}","currency":"{self._settings.currency}"'
        self._tell("order_paid", order.order_id, f'{{"order_id":"{order.order_id}",{amount}}}')
        self._later(now, 20 * _HOUR, self._ship, order)

    def _ship(self, order: _Order, now: int) -> None:
        self._tell("order_shipped", order.order_id, f'{{"order_id":"{order.order_id}"}}')
        self._later(now, 40 * _HOUR, self._deliver, order)

    def _deliver(self, order: _Order, now: int) -> None:
        self._tell("order_delivered", order.order_id, f'{{"order_id":"{order.order_id}"}}')
        if self._uniform() < self._settings.returned_share:
            self._later(now, 120 * _HOUR, self._return, order)
        else:
            self._open_orders -= 1

    def _cancel(self, order: _Order, _now: int) -> None:
        reason = self._random.choice(_CANCEL_REASONS)
        text = f'{{"order_id":"{order.order_id}","cancellation_reason":"{reason}"}}'
        self._tell("order_cancelled", order.order_id, text)
        self._put_back(order.lines)

    def _return(self, order: _Order, _now: int) -> None:
        """Part of the order comes back: some lines, and of each some pieces."""
        random = self._random
        chosen = random.sample(order.lines, random.randint(1, len(order.lines)))
        back = [(offer, -random.randint(1, sold)) for offer, sold in chosen]
        return_id = f"{order.order_id}-R"
        text, _ = _order_json(return_id, order.customer, back)
        self._tell("order_returned", return_id, f'{text},"original_order_id":"{order.order_id}"}}')
        self._put_back([(offer, -pieces) for offer, pieces in back])

    def _put_back(self, lines: Iterable[_Line]) -> None:
        for offer, pieces in lines:
            self._stock.put_back(offer.product, pieces)
        self._open_orders -= 1

    def _count(self, product: int, now: int) -> None:
        self._tell_stock(product, "count", self._stock[product])
        self._later(now, 14 * _DAY, self._count, product)

    def _fill_up(self, product: int, _now: int) -> None:
        self._tell_stock(product, "movement", self._stock.fill_up(product))

    def _tell(self, event_type: str, key: str, payload: str) -> None:
        self._ready.append((event_type, key, payload))

    def _tell_stock(self, product: int, kind: str, quantity: int) -> None:
        sku = self._pools.products[product].sku
        self._tell("stock_adjusted", sku, f'{{"sku":"{sku}","kind":"{kind}","quantity":{quantity}}}')

    def _later(self, now: int, mean: int, action: Callable[[_Subject, int], None], subject: _Subject) -> None:
        delay = -log(1.0 - self._uniform()) * mean / self._life_speed
        self._step_count = count = self._step_count + 1
        heappush(self._steps, (now + int(delay), count, action, subject))

    def _draw_customers(self) -> Iterator[Customer]:
        while True:
            yield from self._random.choices(
                self._pools.customers, cum_weights=self._pools.customer_weights, k=_BLOCK
            )

    def _draw_event_ids(self) -> Iterator[str]:
        """UUIDs of version 4: random bits for a block, whose ids then count up."""
        while True:
            bits = self._random.getrandbits(128)
            name = f"{bits:032x}"
            head = (
                f"{name[:8]}-{name[8:12]}-4{name[13:16]}-{'89ab'[bits >> 62 & 3]}{name[17:20]}-{name[20:29]}"
            )
            yield from map(head.__add__, _LAST_DIGITS)


def _order_json(order_id: str, customer: Customer, lines: Iterable[_Line]) -> tuple[str, str]:
    """The payload of an order or a return, its last brace left open, and what the lines are worth."""
    listed = []
    pence = 0
    for number, ((_, price, head, tail), pieces) in enumerate(lines, start=1):
        listed.append(f'{{"line_number":{number},{head}{pieces}{tail}')
        pence += price * pieces
    total = pounds(pence)
    text = f'{{"order_id":"{order_id}",{customer.json},"lines":[{",".join(listed)}],"total":"{total}"'
    return text, total

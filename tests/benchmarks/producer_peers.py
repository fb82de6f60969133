"""Order events as one writes them without this project: the peers of the simulator."""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from faker import Faker

START: Final = datetime(2026, 11, 23, tzinfo=UTC)


class Pooled:
    """Events of the same kinds as one writes them with pools of faked values and the standard json."""

    def __init__(self) -> None:
        faker = Faker("en_GB")
        faker.seed_instance(7)
        self._random = random.Random(7)
        self._products = [
            (str(20_000 + n * 7), f"{faker.color_name()} Mug", "kitchen", n % 40 * 100 + 95)
            for n in range(150)
        ]
        self._customers = [(str(10_000 + n), faker.country()) for n in range(5_000)]
        self._sequence = 0

    def order(self) -> Iterator[bytes]:
        """An order's four events."""
        rng = self._random
        order_id = f"W12345678-{self._sequence:07d}"
        customer, country = rng.choice(self._customers)
        lines: list[dict[str, Any]] = []
        pence = 0
        for number in range(1, 2 + min(19, int(rng.expovariate(0.5)))):
            sku, description, category, price = rng.choice(self._products)
            quantity = rng.choice((1, 1, 2, 3, 6))
            lines.append(
                {
                    "line_number": number,
                    "sku": sku,
                    "description": description,
                    "category": category,
                    "quantity": quantity,
                    "unit_price": f"{price // 100}.{price % 100:02d}",
                }
            )
            pence += quantity * price
        total = f"{pence // 100}.{pence % 100:02d}"
        order = {"order_id": order_id, "customer_id": customer, "country": country, "currency": "GBP"}
        yield self.event("order_placed", order | {"channel": "web", "lines": lines, "total": total})
        yield self.event("order_paid", {"order_id": order_id, "amount": total, "currency": "GBP"})
        yield self.event("order_shipped", {"order_id": order_id})
        yield self.event("order_delivered", {"order_id": order_id})

    def event(self, event_type: str, payload: dict[str, object]) -> bytes:
        self._sequence += 1
        moment = START + timedelta(milliseconds=self._sequence)
        document = {
            "event_id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "schema_version": 2,
            "occurred_at": moment.isoformat().replace("+00:00", "Z"),
            "producer_id": "benchmark",
            "sequence": self._sequence,
            "event_type": event_type,
            "payload": payload,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def events(self) -> Iterator[bytes]:
        while True:
            yield from self.order()


class Faked:
    """The same with faker asked for every field."""

    def __init__(self) -> None:
        self._fake = Faker("en_GB")
        self._fake.seed_instance(7)
        self._sequence = 0

    def order(self) -> Iterator[bytes]:
        """An order's four events."""
        fake = self._fake
        order_id = fake.bothify("W########-#######")
        lines = [self.line(number) for number in range(1, 2 + min(19, int(fake.random.expovariate(0.5))))]
        total = str(sum((line["quantity"] * Decimal(line["unit_price"]) for line in lines), Decimal()))
        order = {
            "order_id": order_id,
            "customer_id": fake.numerify("#####"),
            "country": fake.country(),
            "currency": fake.currency_code(),
            "channel": fake.random_element(("web", "app", "phone")),
            "lines": lines,
            "total": total,
        }
        yield self.event("order_placed", order)
        yield self.event("order_paid", {"order_id": order_id, "amount": total, "currency": order["currency"]})
        yield self.event("order_shipped", {"order_id": order_id})
        yield self.event("order_delivered", {"order_id": order_id})

    def line(self, number: int) -> dict[str, Any]:
        fake = self._fake
        return {
            "line_number": number,
            "sku": fake.bothify("#####?"),
            "description": f"{fake.color_name()} {fake.word()}",
            "category": fake.random_element(("kitchen", "garden", "toys")),
            "quantity": fake.random_int(1, 6),
            "unit_price": str(fake.pydecimal(left_digits=2, right_digits=2, positive=True)),
        }

    def event(self, event_type: str, payload: dict[str, Any]) -> bytes:
        self._sequence += 1
        document = {
            "event_id": self._fake.uuid4(),
            "schema_version": 2,
            "occurred_at": self._fake.date_time(tzinfo=UTC).isoformat(),
            "producer_id": "benchmark",
            "sequence": self._sequence,
            "event_type": event_type,
            "payload": payload,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def events(self) -> Iterator[bytes]:
        while True:
            yield from self.order()

"""Inputs that nobody would send on purpose, in any number, the same for the same seed.

Hypothesis draws the seeds and the shapes that it shrinks well (test_any_input.py); drawing every byte
would take it an hour for a million records, so from each seed a generator damages valid events.
`tests/benchmarks/fuzz.py` runs a million of them through the handler.
"""

import gzip
import json
import random
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from producer.aggregation import UserRecord, pack
from tests.unit.stream_processors.samples import (
    line_changed,
    order_paid,
    order_placed,
    paid,
    source_line_rejected,
)

_CUSTOMER: Final = {"name": "Jane Doe", "email": "jane@example.com", "address": None}
SEEDS: Final = [
    order_paid(),
    paid(currency="EUR"),
    order_placed(lines=2),
    order_placed(total="15.30", customer=_CUSTOMER),
    line_changed(2, "order_returned", quantity=-1),
    order_paid(event_type="order_cancelled", payload={"order_id": "1", "cancellation_reason": "late"}),
    order_paid(event_type="order_cancelled", payload={"order_id": "1", "reason": "late"}, schema_version=1),
    order_paid(event_type="stock_adjusted", payload={"sku": "a", "quantity": 5}),
    order_paid(event_type="order_shipped", payload={"order_id": "o-1"}, schema_version=1),
    source_line_rejected(),
]
VALUES: Final[list[Any]] = [
    *(None, True, False, 0, -1, 1, 2, 3, 2**31, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308),
    *("", "x", "1", "-1", "1.5", "1e9", "NaN", "GBP", "XQZ", "gbp", "\u0000", "\ud800", "é" * 300, "9" * 30),
    *("order_paid", "order_placed", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "2999-12-31T23:59:59Z"),
    *([], {}, [[]], [{}], {"name": 5}, {"name": "Jane"}, [None], list(range(20))),
]
LIKELY: Final[dict[str, list[Any]]] = {
    "currency": ["XQZ", "JPY", "gbp"],
    "quantity": [0, -1, 3],
    "line_number": [1, 2, 9],
    "unit_price": ["-1", "3", "2.55"],
    "amount": ["-1", "3"],
    "total": ["15.30", "1"],
    "occurred_at": ["2026-01-01T10:00:00+02:00", "2999-12-31T23:59:59Z", "2026-01-01T00:00:00"],
    "sequence": [5, 0],
    "schema_version": [1, 2, 3],
    "customer": [None, {"email": "jane@example.com"}],
}
RAW: Final = [
    b"NaN",
    b"Infinity",
    b"1e999",
    b"9" * 500,
    b"-",
    b"'x'",
    b"\xff",
    b'"\\ud800"',
    b"[" * 300,
    b"\0",
]


def records(seed: int, count: int) -> Iterator[bytes]:
    """So many Kinesis records; about one in eight is an aggregate, damaged or whole."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.12:
            yield _aggregate(chance)
        else:
            yield event(chance)


def event(chance: random.Random) -> bytes:
    """A valid event with some of its values, its text or its bytes changed, or bytes of no kind."""
    kind = chance.random()
    if kind < 0.05:
        return chance.choice((chance.randbytes(chance.randrange(200)), _text(chance.choice(VALUES))))
    document = json.loads(json.dumps(chance.choice(SEEDS)))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        _change(chance, document)
    data = bytearray(_text(document))
    if kind < 0.15:
        start = chance.randrange(len(data))
        data[start : start + chance.randrange(40)] = chance.choice(RAW)
    elif kind < 0.30:
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif kind < 0.33:
        del data[chance.randrange(len(data)) :]
    elif kind < 0.35:
        data += chance.choice((b" ", b"\n", b"{}", b"x", bytes(data)))
    elif kind < 0.37:
        return gzip.compress(bytes(data), 1)
    elif kind < 0.38:
        return b64encode(data)
    elif kind < 0.40:
        twice = _text(chance.choice([*document, "event_id"])) + b":" + _text(chance.choice(VALUES))
        data[1:1] = twice + b","
    return bytes(data)


def _change(chance: random.Random, document: dict[str, Any]) -> None:
    payload = document.get("payload")
    places = [document]
    if isinstance(payload, dict):
        lines = payload.get("lines")
        places += [
            payload,
            *(line for line in (lines if isinstance(lines, list) else ()) if isinstance(line, dict)),
        ]
    place = chance.choice(places)
    name = chance.choice([*place, *place, *place, "novelty", "customer", "total", "lines"])
    if chance.random() < 0.2:
        place.pop(name, None)
    else:
        values = LIKELY[name] if name in LIKELY and chance.random() < 0.6 else VALUES
        place[name] = deepcopy(chance.choice(values))


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def _aggregate(chance: random.Random) -> bytes:
    data = bytearray(pack([UserRecord("k", None, event(chance)) for _ in range(chance.randrange(5))]))
    if chance.random() < 0.4:
        data[chance.randrange(len(data))] ^= chance.randint(1, 255)
    return bytes(data)

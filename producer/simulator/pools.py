"""What a shop has: products and customers, drawn once from faker, so that events need no call of it."""

from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

import orjson
from faker import Faker

from producer.simulator.settings import ShopSettings

# Category: share of products, lowest and highest price in pence, things in it.
CATEGORIES: Final = {
    "kitchen": (0.22, 195, 3_995, ("Mug", "Teapot", "Cake Tin", "Apron", "Chopping Board", "Jug")),
    "garden": (0.14, 295, 8_995, ("Planter", "Lantern", "Bird House", "Watering Can", "Bench Cushion")),
    "stationery": (0.16, 85, 1_295, ("Notebook", "Card Set", "Gift Wrap", "Pencil Case", "Calendar")),
    "toys": (0.14, 125, 4_995, ("Puzzle", "Soft Bear", "Skipping Rope", "Wooden Train", "Kite")),
    "lighting": (0.10, 495, 12_995, ("Table Lamp", "Fairy Lights", "Candle", "Night Light")),
    "textiles": (0.12, 395, 7_995, ("Cushion", "Throw", "Tea Towel", "Shopper", "Doormat")),
    "jewellery": (0.06, 595, 24_995, ("Necklace", "Bracelet", "Ring", "Brooch")),
    "seasonal": (0.06, 65, 2_995, ("Bauble", "Wreath", "Bunting", "Easter Egg", "Advent Box")),
}
_COUNTRIES: Final = {
    "United Kingdom": 0.82,
    "Germany": 0.04,
    "France": 0.04,
    "EIRE": 0.03,
    "Netherlands": 0.02,
    "Spain": 0.02,
    "Belgium": 0.01,
    "Portugal": 0.01,
    "Norway": 0.01,
}


class Product(NamedTuple):
    """`price` in pence; `json` is what an order line says of the product.

    `companions` are the places of products that are bought with it.
    """

    sku: str
    category: str
    price: int
    json: str
    companions: tuple[int, ...] = ()


class Customer(NamedTuple):
    """No person's data: an id and a country; `json` is what an order says of its customer."""

    customer_id: str | None
    country: str
    json: str


class Pools(NamedTuple):
    """Products and customers, each with the sums of their weights (for `random.choices`)."""

    products: tuple[Product, ...]
    product_weights: tuple[float, ...]
    customers: tuple[Customer, ...]
    customer_weights: tuple[float, ...]


def make_pools(settings: ShopSettings) -> Pools:
    """A few products sell most, a few customers buy most (Zipf and Pareto)."""
    random = Random(f"pools {settings.seed}")  # noqa: S311 - no secret
    faker = Faker("en_GB")
    faker.seed_instance(settings.seed)
    products = _with_companions(
        random, [_product(random, faker, place) for place in range(settings.products)]
    )
    ranks = list(range(1, len(products) + 1))
    random.shuffle(ranks)
    product_weights = tuple(accumulate(1 / rank**0.9 for rank in ranks))
    countries, shares = list(_COUNTRIES), list(_COUNTRIES.values())
    customers = tuple(
        _customer(
            None if random.random() < settings.guest_share else str(10_000 + place),
            random.choices(countries, shares)[0],
            settings.currency,
            random.choices(("web", "app", "phone"), (0.6, 0.35, 0.05))[0],
        )
        for place in range(settings.customers)
    )
    customer_weights = tuple(accumulate(random.paretovariate(1.2) for _ in customers))
    return Pools(products, product_weights, customers, customer_weights)


def pounds(pence: int) -> str:
    """Decimal text with two places."""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def _product(random: Random, faker: Faker, place: int) -> Product:
    names = list(CATEGORIES)
    category = random.choices(names, [share for share, *_ in CATEGORIES.values()])[0]
    _, lowest, highest, things = CATEGORIES[category]
    # Low prices are common, and most end in 5 or 9.
    price = int(lowest * (highest / lowest) ** (random.random() ** 1.5)) // 10 * 10 + random.choice((5, 5, 9))
    sku = f"{20_000 + place * 7}{random.choice(('', '', 'A', 'B', 'S'))}"
    description = f"{faker.color_name()} {random.choice(things)}"
    told = orjson.dumps({"sku": sku, "description": description, "category": category}).decode()
    return Product(sku, category, price, told[1:-1])


def _with_companions(random: Random, products: list[Product]) -> tuple[Product, ...]:
    """Three for each, mostly of its own category."""
    shelves: dict[str, list[int]] = {}
    for place, product in enumerate(products):
        shelves.setdefault(product.category, []).append(place)
    everything = range(len(products))
    return tuple(
        product._replace(
            companions=tuple(
                random.choice(shelves[product.category] if random.random() < 0.75 else everything)
                for _ in range(3)
            )
        )
        for product in products
    )


def _customer(customer_id: str | None, country: str, currency: str, channel: str) -> Customer:
    known = {} if customer_id is None else {"customer_id": customer_id}
    told = known | {"country": country, "currency": currency, "channel": channel}
    return Customer(customer_id, country, orjson.dumps(told).decode()[1:-1])

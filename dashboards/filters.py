"""What a reader chose to see, from a page's address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboards.errors import WrongFilter

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)


@dataclass(frozen=True)
class Filters:
    """Bounds are inclusive, in the shop's days; an empty country or category means all of them."""

    since: date
    until: date
    country: str
    category: str
    currency: str
    today: date

    def literal(self, name: str) -> str:
        """One filter as the SQL literal that Athena binds."""
        return "'{}'".format(str(getattr(self, name)).replace("'", "''"))


def read_filters(arguments: Mapping[str, str], today: date) -> Filters:
    """The filters of an address.

    Raises:
        WrongFilter: a date cannot be read.
    """
    return Filters(
        since=_date(arguments, "since") or FIRST_DAY,
        until=_date(arguments, "until") or LAST_DAY,
        country=arguments.get("country", ""),
        category=arguments.get("category", ""),
        currency=arguments.get("currency", ""),
        today=today,
    )


def _date(arguments: Mapping[str, str], name: str) -> date | None:
    text = arguments.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongFilter(name, text) from error

"""Days as people type them."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

import click

_FORMS: Final = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y")
_AGO: Final = re.compile(r"(\d{1,5}) ?d(ays?)?( ago)?")


class Day(click.ParamType[date]):
    """2026-11-23, 20261123, 23.11.2026, 23 Nov 2026, Nov 23, 2026, today, yesterday, 7d; in UTC.

    23/11 and 11/23 are refused: people mean different days by them.
    """

    name = "day"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        text = " ".join(str(value).split())
        today = self._now().date()
        if text.lower() in {"today", "yesterday"}:
            return today - timedelta(days=text.lower() == "yesterday")
        if ago := _AGO.fullmatch(text):
            return today - timedelta(days=int(ago[1]))
        for form in _FORMS:
            with suppress(ValueError):
                return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        return self.fail(
            f"{text!r} is no day that can be told for certain: write it like 2026-11-23, "
            "23 Nov 2026, yesterday or 7d",
            param,
            ctx,
        )

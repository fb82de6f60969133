"""Bronze = silver + duplicates, as a run found it when it read the table after its commits."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, List, Mapping

from glue.bronze import HOUR_FORMAT, NO_HOUR
from glue.engines import Booked

_PARTY = "bronze_order_events"


def silver_rows(booked: Mapping[str, Booked], now: datetime) -> List[Mapping[str, Any]]:
    """Rows of `ledger_history` without run and time, one for each arrival hour that rows came from."""
    return [_row(hour, books, now) for hour, books in sorted(booked.items()) if books.rows]


def _row(hour: str, books: Booked, now: datetime) -> Mapping[str, Any]:
    missing = books.sound.count - books.found.count
    return {
        "ledger": "silver",
        "party": _PARTY,
        "hour": now.replace(minute=0, second=0, microsecond=0) if hour == NO_HOUR else _began(hour),
        "expected": books.sound.count,
        "found": books.found.count,
        "in_flight": 0,
        "missing": missing,
        "bronze": books.rows,
        "quarantine": books.rows - books.sound.count,
        **dict.fromkeys(("given_up", "delivery_failed"), 0),
        "in_two_places": books.twice,
        "expected_digest": str(books.sound),
        "found_digest": str(books.found),
        "examples": ", ".join(books.missing),
        "balanced": books.is_whole,
        "silver": books.new,
        "duplicates": books.found.count - books.new,
    }


def _began(hour: str) -> datetime:
    return datetime.strptime(hour, HOUR_FORMAT).replace(tzinfo=timezone.utc)

"""Faults on purpose: duplicates, late, disordered and malformed events, in exact numbers.

Every fault travels with its draft, so that the journal counts what was really acknowledged and the
audit can ask for the same numbers downstream.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappop, heappush
from random import Random
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from producer.draft import EventDraft
from producer.errors import WrongPlan

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LATE_BY: Final = timedelta(hours=6)
# How many events may pass before one that is held back, or its copy.
_MOST_PASSED: Final = 100

Share = Annotated[float, Field(ge=0, le=1)]


class Fault(StrEnum):
    """What can be done to an event."""

    DUPLICATE = "duplicates"
    """Sent again under a sequence of its own: the same `event_id`, the same content."""
    LATE = "late"
    """Says that it happened earlier than it did, so that it comes after later ones."""
    OUT_OF_ORDER = "out_of_order"
    """Sent after events that happened later."""
    MALFORMED = "malformed"
    """Breaks one rule of the contract; its producer and sequence can still be read."""


class FaultPlan(BaseModel):
    """Shares of all events; an event has one fault at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shares: dict[Fault, Share]
    late_by: timedelta = _LATE_BY

    @classmethod
    def parse(cls, text: str) -> "FaultPlan":
        """Read `duplicates=1%,late=2%:6h,out_of_order=1%,malformed=0.5%`.

        Raises:
            WrongPlan: says what is wrong and how it should look.
        """
        shares: dict[Fault, float] = {}
        late_by = _LATE_BY
        for part in text.split(","):
            found = re.fullmatch(r"\s*(\w+)=(\d+(?:\.\d+)?)%(?::(\d+)([smhd]))?\s*", part)
            name = found[1] if found else ""
            if found is None or name not in set(Fault) or (found[3] and name != Fault.LATE):
                raise WrongPlan(
                    f"fault {part.strip()!r} is none: name {', '.join(Fault)}, each with its share, "
                    "as in duplicates=1%,late=2%:6h"
                )
            if name in shares:
                raise WrongPlan(f"fault {name} is named twice")
            shares[Fault(name)] = float(found[2]) / 100
            if found[3]:
                late_by = timedelta(seconds=int(found[3]) * _UNITS[found[4]])
        if sum(shares.values()) > 1:
            raise WrongPlan("the shares of the faults are over 100% together")
        return cls(shares=shares, late_by=late_by)


def with_faults(drafts: Iterable[EventDraft], plan: FaultPlan, seed: int) -> Iterator[EventDraft]:
    """The drafts with the plan's faults; the same seed does the same to the same drafts.

    The drafts come in the order in which they happen, no two at once. A draft that is late or out of
    order comes after a later one that is neither, so that it can be told; else nothing is done to it.
    """
    random = Random(f"faults {seed}")  # noqa: S311 - no secret
    kinds = list(plan.shares)
    weights = [*plan.shares.values(), 1 - sum(plan.shares.values())]
    held: list[tuple[int, int, EventDraft]] = []
    newest: tuple[int, EventDraft] | None = None
    for number, draft in enumerate(drafts, start=1):
        (fault,) = random.choices([*kinds, None], weights)
        if fault is Fault.LATE and not (newest and _lateness(newest[1], draft) < plan.late_by):
            fault = None
        if fault is Fault.LATE:
            yield draft._replace(occurred_at=_earlier(draft.occurred_at, plan.late_by), fault=fault.value)
        elif fault is Fault.MALFORMED:
            yield _malformed(draft, random)._replace(fault=fault.value)
        elif fault is not None:
            due = number + random.randint(1, _MOST_PASSED)
            heappush(held, (due, number, draft._replace(fault=fault.value)))
        if fault is None or fault is Fault.DUPLICATE:
            newest = number, draft
            yield draft
            while held and held[0][0] <= number:
                yield heappop(held)[2]
    passed = newest[0] if newest else 0
    for _, number, draft in sorted(held, key=lambda entry: entry[1]):
        yield draft if number <= passed else draft._replace(fault=None)


def _lateness(before: EventDraft, draft: EventDraft) -> timedelta:
    """How much later than another the draft happened."""
    return datetime.fromisoformat(draft.occurred_at) - datetime.fromisoformat(before.occurred_at)


def _earlier(occurred_at: str, by: timedelta) -> str:
    return (datetime.fromisoformat(occurred_at) - by).isoformat().replace("+00:00", "Z")


def _malformed(draft: EventDraft, random: Random) -> EventDraft:
    """Break one rule, and leave the JSON whole."""
    return random.choice(
        (
            draft._replace(event_type="order_teleported"),
            draft._replace(event_id="not-a-uuid"),
            draft._replace(occurred_at=draft.occurred_at.removesuffix("Z")),
            draft._replace(payload="null"),
            draft._replace(payload=draft.payload[:-1] + ',"surprise":1}'),
        )
    )

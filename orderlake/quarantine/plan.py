"""Decides what to send again: every chosen record becomes an event, or says why it cannot. Pure."""

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import orjson
from pydantic import ValidationError

from glue.erasure import CUSTOMER_ID, People
from orderlake.quarantine.fixes import Fix, NotMended
from orderlake.quarantine.records import LostRecord
from producer.contract import decode
from producer.draft import EventDraft, draft_of

_NOTHING: Final = b""


class Planned(NamedTuple):
    """A record and what is to be sent for it: `draft`, or None and the problem."""

    record: LostRecord
    after: bytes
    draft: EventDraft | None
    problem: str | None = None


def plan(records: Iterable[LostRecord], fix: Fix | None, erased: People) -> Iterator[Planned]:
    """Mend each record and hold it to the producer's contract: what is no valid event is not sent.

    Nor is what names a customer who was erased. The event keeps its id, and gets a place in the run that
    sends it.
    """
    for record in records:
        after = record.raw
        try:
            after = fix.mend(record.raw) if fix else record.raw
            event = decode(after)
        except NotMended as error:
            yield Planned(record, after, None, str(error))
        except ValidationError as error:
            yield Planned(record, after, None, _rules(error))
        else:
            before = record.event()
            event_id = before.get("event_id") if before else None
            if isinstance(event_id, str) and event_id.lower() != str(event.event_id):
                yield Planned(record, after, None, "the fix changed event_id, which makes it another event")
            elif erased.covers(CUSTOMER_ID, getattr(event.payload, CUSTOMER_ID, None) or ""):
                yield Planned(record, _NOTHING, None, "names a customer who was erased")
            else:
                yield Planned(record, after, draft_of(event))


def difference(planned: Planned) -> str:
    """What the fix changed, line by line, as `diff -u` without context lines; empty where nothing."""
    before, after = _lines(planned.record.raw), _lines(planned.after)
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))
    return "\n".join(line for line in lines[2:] if not line.startswith("@@"))


def _rules(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"is not a valid event: {first['type']}{f' at {place}' if place else ''}"


def _lines(document: bytes) -> list[str]:
    try:
        parsed = orjson.loads(document)
    except orjson.JSONDecodeError:
        return [repr(document)]
    return json.dumps(parsed, indent=2, ensure_ascii=False).splitlines()

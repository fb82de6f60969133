"""The silver run: bronze objects that nobody consumed yet become rows, each event once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Dict, List, Mapping, Tuple

from glue.bronze import Bronze, BronzeObject, Consumed, chunks
from glue.engines import Booked, Derived, Engine
from glue.errors import ChecksFailed
from glue.judgement import Judgement
from glue.quarantine import Quarantine
from glue.settings import Settings

_LOG = logging.getLogger(__name__)
DERIVED = ("silver_order_lines", "silver_stock_movements", "silver_orders")
ROOT = "silver_order_events"
_CONFLICTS = "silver_event_conflicts"
_CONFLICTS_SHOWN = 100


@dataclass(frozen=True)
class SilverResult:
    """Counts of one run: `rows` = `inserted` + `duplicates` + `malformed`.

    A row that replaced a stored one counts among the duplicates; `set_aside` rows are in quarantine now;
    `booked` is by arrival hour.
    """

    run: str
    objects: int
    rows: int
    inserted: int
    duplicates: int
    replaced: int
    malformed: int
    conflicts: Tuple[str, ...]
    unreadable: Dict[str, str]
    tables: Tuple[Derived, ...]
    set_aside: int = 0
    warnings: Tuple[Mapping[str, Any], ...] = ()
    consumed: Tuple[BronzeObject, ...] = ()
    booked: Mapping[str, Booked] = field(default_factory=dict)

    def document(self) -> Dict[str, Any]:
        """The result as the job prints it."""
        return {
            "job": "silver",
            "run": self.run,
            "objects": self.objects,
            "rows": self.rows,
            "inserted": self.inserted,
            "duplicates": self.duplicates,
            "replaced": self.replaced,
            "malformed": self.malformed,
            "conflicts": {"count": len(self.conflicts), "event_ids": list(self.conflicts[:_CONFLICTS_SHOWN])},
            "unreadable": [{"key": key, "reason": reason} for key, reason in sorted(self.unreadable.items())],
            "set_aside": self.set_aside,
            "warnings": list(self.warnings),
            "tables": {
                derived.table: {"outcome": derived.outcome, "rows": derived.rows} for derived in self.tables
            },
        }


def run(
    engine: Engine,
    bronze: Bronze,
    quarantine: Quarantine,
    settings: Settings,
    run_id: str,
    started_at: datetime,
) -> SilverResult:
    """Merge what is pending, chunk by chunk, rows before checkpoint; then bring the other tables up to it.

    An object stays pending where the table, read again, lacks one of its events.

    Raises:
        ChecksFailed: a table was not published; the others were.
    """
    consumed: List[Consumed] = []
    conflicts: List[str] = []
    unreadable: Dict[str, str] = {}
    booked: Dict[str, Booked] = {}
    judgement = Judgement(run_id, started_at)
    rows = inserted = replaced = malformed = set_aside = 0
    for chunk in chunks(bronze.pending(), settings.chunk_bytes):
        try:
            loaded = engine.load_events(chunk)
        except ChecksFailed as failure:
            judgement.fail(failure)
            break
        judgement.note(ROOT, loaded.checks)
        set_aside += quarantine.set_aside(chunk, loaded, started_at)
        _report_conflicts(engine, loaded.conflicts, run_id, started_at)
        for item in chunk:
            books = loaded.booked.get(item.key, Booked())
            booked[item.arrival_hour] = booked.get(item.arrival_hour, Booked()) + books
            if not books.missing:
                consumed.append(Consumed(item, books.rows, loaded.unreadable.get(item.key)))
        hours = {item.arrival_hour for item in chunk}
        bronze.record(run_id, [entry for entry in consumed if entry.item.arrival_hour in hours])
        rows += loaded.rows
        inserted += loaded.inserted
        replaced += loaded.replaced
        malformed += loaded.malformed
        conflicts.extend(loaded.conflicts)
        unreadable.update(loaded.unreadable)
        _LOG.info(
            "chunk merged", extra={"objects": len(chunk), "rows": loaded.rows, "inserted": loaded.inserted}
        )
    tables = judgement.derive(engine, DERIVED)
    judgement.publish(engine)
    bronze.finish(run_id, started_at, consumed)
    return SilverResult(
        run=run_id,
        objects=len(consumed),
        rows=rows,
        inserted=inserted,
        duplicates=rows - inserted - malformed,
        replaced=replaced,
        malformed=malformed,
        conflicts=tuple(sorted(set(conflicts))),
        unreadable=unreadable,
        tables=tables,
        set_aside=set_aside,
        warnings=tuple(judgement.warnings()),
        consumed=tuple(entry.item for entry in consumed),
        booked=booked,
    )


def _report_conflicts(engine: Engine, event_ids: Tuple[str, ...], run_id: str, at: datetime) -> None:
    engine.append(
        _CONFLICTS, [{"run": run_id, "event_id": event_id, "reported_at": at} for event_id in event_ids]
    )

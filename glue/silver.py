"""The silver run: bronze objects that nobody consumed yet become rows, each event once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Tuple

from glue.bronze import Bronze, Consumed, chunks
from glue.engines import Derived, Engine
from glue.settings import Settings

_LOG = logging.getLogger(__name__)
DERIVED = ("silver_order_lines", "silver_stock_movements", "silver_orders")
_CONFLICTS_SHOWN = 100


@dataclass(frozen=True)
class SilverResult:
    """Counts of one run: `rows` = `inserted` + `duplicates` + `malformed`.

    A row that replaced a stored one counts among the duplicates.
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
            "tables": {
                derived.table: {"outcome": derived.outcome, "rows": derived.rows} for derived in self.tables
            },
        }


def run(
    engine: Engine, bronze: Bronze, settings: Settings, run_id: str, started_at: datetime
) -> SilverResult:
    """Merge what is pending, chunk by chunk, rows before checkpoint; then bring the other tables up to it."""
    consumed: List[Consumed] = []
    conflicts: List[str] = []
    unreadable: Dict[str, str] = {}
    rows = inserted = replaced = malformed = 0
    for chunk in chunks(bronze.pending(), settings.chunk_bytes):
        loaded = engine.load_events(chunk)
        consumed.extend(
            Consumed(item, loaded.rows_by_key.get(item.key, 0), loaded.unreadable.get(item.key))
            for item in chunk
        )
        bronze.record(run_id, consumed)
        rows += loaded.rows
        inserted += loaded.inserted
        replaced += loaded.replaced
        malformed += loaded.malformed
        conflicts.extend(loaded.conflicts)
        unreadable.update(loaded.unreadable)
        _LOG.info(
            "chunk merged", extra={"objects": len(chunk), "rows": loaded.rows, "inserted": loaded.inserted}
        )
    tables = tuple(engine.derive(table) for table in DERIVED)
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
    )

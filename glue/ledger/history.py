"""Takes the ledgers at the end of a silver run, and keeps what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Dict, Sequence

from glue.bronze import Bronze, BronzeObject
from glue.engines import Engine
from glue.ledger.measure import measure
from glue.ledger.silver_rows import silver_rows
from glue.ledger.sources import Sources
from glue.silver import SilverResult

_TABLE = "ledger_history"
_SHOWN = timedelta(hours=24)


@dataclass(frozen=True)
class Taken:
    """What a run publishes: counts of records, and the longest wait in bronze for silver, in seconds."""

    imbalance: int
    gaps: int
    failure_store: int
    silver_age: int

    def metrics(self) -> Dict[str, int]:
        """The values by the names that alarms watch."""
        return {
            "LedgerImbalance": self.imbalance,
            "SequenceGaps": self.gaps,
            "FailureStoreRecords": self.failure_store,
            "SilverAge": self.silver_age,
        }


def take(
    engine: Engine,
    bronze: Bronze,
    sources: Sources,
    result: SilverResult,
    started_at: datetime,
) -> Taken:
    """Measure, add the rows to the table, and only then remember what was measured."""
    measured = measure(sources, bronze.ledger_state(), started_at)
    in_silver = silver_rows(result.booked, started_at)
    rows = [*measured.rows, *in_silver]
    engine.append(_TABLE, [{"run": result.run, **row, "measured_at": started_at} for row in rows])
    bronze.keep_ledger_state(measured.state)
    return Taken(
        measured.imbalance + sum(row["missing"] + row["in_two_places"] for row in in_silver),
        measured.gaps,
        sources.in_failure_stores(started_at - _SHOWN),
        _age(result.consumed, datetime.now(timezone.utc)),
    )


def _age(consumed: Sequence[BronzeObject], now: datetime) -> int:
    """Seconds since the oldest object was written; 0 where nothing was waiting."""
    waits = [(now - item.written_at).total_seconds() for item in consumed if item.written_at]
    return int(max(waits, default=0.0))

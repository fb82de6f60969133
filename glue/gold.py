"""The gold run: every aggregate is brought up to the silver lines, then the views to their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Mapping, Tuple

from glue.engines import Derived, Engine
from glue.judgement import Judgement
from glue.views import Views

DERIVED = (
    "gold_daily_sales",
    "gold_product_sales",
    "gold_customer_value",
    "gold_order_funnel",
    # After the daily sales, which it joins.
    "gold_inventory",
)


@dataclass(frozen=True)
class GoldResult:
    """What became of every table, and the views that were created anew."""

    run: str
    tables: Tuple[Derived, ...]
    views: Tuple[str, ...]
    warnings: Tuple[Mapping[str, Any], ...] = ()

    def document(self) -> Dict[str, Any]:
        """The result as the job prints it."""
        return {
            "job": "gold",
            "run": self.run,
            "tables": {
                derived.table: {"outcome": derived.outcome, "rows": derived.rows} for derived in self.tables
            },
            "views": list(self.views),
            "warnings": list(self.warnings),
        }


def run(engine: Engine, views: Views, run_id: str, started_at: datetime) -> GoldResult:
    """Bring every table of gold up to its source, and create the views whose text changed.

    Raises:
        ChecksFailed: a table was not published; the others were.
    """
    judgement = Judgement(run_id, started_at)
    tables = judgement.derive(engine, DERIVED)
    judgement.publish(engine)
    return GoldResult(run_id, tables, views.publish(), tuple(judgement.warnings()))

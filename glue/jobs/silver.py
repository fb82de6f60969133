"""Glue job `silver`: bronze objects into the silver tables."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import metrics, silver
from glue.jobs.entry import Context, main
from glue.quarantine import Quarantine


def job(context: Context) -> Dict[str, Any]:
    """Run silver and report."""
    result = silver.run(
        context.engine,
        context.bronze,
        Quarantine(context.s3, context.settings),
        context.settings,
        context.run_id,
        context.started_at,
    )
    counts = {"EventConflicts": len(result.conflicts), "BronzeSetAside": result.set_aside}
    metrics.emit(counts, {"Job": "silver"}, context.started_at)
    metrics.emit_warnings(result.warnings, context.started_at)
    return result.document()


if __name__ == "__main__":
    sys.exit(main(job))

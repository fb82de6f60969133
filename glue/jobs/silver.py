"""Glue job `silver`: bronze objects into the silver tables."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import backfill, metrics, silver
from glue.jobs.entry import Context, main
from glue.ledger import history
from glue.ledger.sources import Sources
from glue.quarantine import Quarantine


def job(context: Context) -> Dict[str, Any]:
    """Run silver and report; first the backfill that the arguments ask for."""
    made_again = _backfill(context)
    result = silver.run(
        context.engine,
        context.bronze,
        Quarantine(context.s3, context.settings),
        context.settings,
        context.run_id,
        context.started_at,
    )
    sources = Sources(context.s3, context.kinesis, context.bronze, context.settings)
    taken = history.take(context.engine, context.bronze, sources, result, context.started_at)
    counts = {**taken.metrics(), "EventConflicts": len(result.conflicts), "BronzeSetAside": result.set_aside}
    metrics.emit(counts, {"Job": "silver"}, context.started_at)
    metrics.emit_warnings(result.warnings, context.started_at)
    return {**result.document(), "ledger": taken.metrics(), **made_again}


def _backfill(context: Context) -> Dict[str, Any]:
    request = backfill.from_arguments(context.arguments)
    if request is None:
        return {}
    replaced = None
    if request.covers(backfill.ROOT):
        replaced = backfill.replace_root(
            request, context.lake, context.bronze, context.specs, context.settings, context.engine_with
        )
    forgotten = backfill.prepare(request, context.lake, context.specs, silver.DERIVED)
    return {"backfill": backfill.document(replaced, forgotten)}


if __name__ == "__main__":
    sys.exit(main(job))

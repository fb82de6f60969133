"""Glue job `gold`: the silver lines into the gold tables, and the views."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import backfill, gold, metrics
from glue.athena import Athena
from glue.jobs.entry import Context, main
from glue.views import Views


def job(context: Context) -> Dict[str, Any]:
    """Run gold and report; first the backfill that the arguments ask for."""
    request = backfill.from_arguments(context.arguments)
    forgotten = backfill.prepare(request, context.lake, context.specs, gold.DERIVED) if request else ()
    views = Views(Athena(context.athena, context.settings), context.glue, context.s3, context.settings)
    result = gold.run(context.engine, views, context.run_id, context.started_at)
    metrics.emit({"Runs": 1}, {"Job": "gold"}, context.started_at)
    metrics.emit_warnings(result.warnings, context.started_at)
    made_again = {"backfill": backfill.document(None, forgotten)} if request else {}
    return {**result.document(), **made_again}


if __name__ == "__main__":
    sys.exit(main(job))

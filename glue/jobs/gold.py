"""Glue job `gold`: the silver lines into the gold tables, and the views."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import gold, metrics
from glue.jobs.entry import Context, main
from glue.views import Views


def job(context: Context) -> Dict[str, Any]:
    """Run gold and report."""
    views = Views(context.athena, context.glue, context.s3, context.settings)
    result = gold.run(context.engine, views, context.run_id, context.started_at)
    metrics.emit_warnings(result.warnings, context.started_at)
    return result.document()


if __name__ == "__main__":
    sys.exit(main(job))

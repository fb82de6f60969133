"""Glue job `silver`: bronze objects into the silver tables."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import silver
from glue.jobs.entry import Context, main


def job(context: Context) -> Dict[str, Any]:
    """Run silver and report."""
    result = silver.run(context.engine, context.bronze, context.settings, context.run_id, context.started_at)
    return result.document()


if __name__ == "__main__":
    sys.exit(main(job))

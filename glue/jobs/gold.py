"""Glue job `gold`: the silver lines into the gold tables, and the views."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import gold
from glue.jobs.entry import Context, main
from glue.views import Views


def job(context: Context) -> Dict[str, Any]:
    """Run gold and report."""
    views = Views(context.athena, context.glue, context.s3, context.settings)
    return gold.run(context.engine, views, context.run_id).document()


if __name__ == "__main__":
    sys.exit(main(job))

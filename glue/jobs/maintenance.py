"""Glue job `maintenance`: compaction, expiry of snapshots and removal of orphans, table by table."""

from __future__ import annotations

import sys
from typing import Any, Dict

from glue import lake, tables
from glue.athena import Athena
from glue.jobs.entry import Context, main
from glue.maintenance import Maintenance


def job(context: Context) -> Dict[str, Any]:
    """Maintain every Iceberg table and report."""
    maintenance = Maintenance(
        Athena(context.athena, context.settings),
        lake.connect(context.settings),
        context.s3,
        tables.load_all(),
        context.settings,
    )
    return maintenance.run(context.run_id, context.started_at).document()


if __name__ == "__main__":
    sys.exit(main(job))

"""Silver and gold without Athena's views, as one job of the embedded Glue."""

from __future__ import annotations

import sys
from typing import Any

from glue import gold, silver
from glue.jobs.entry import Context, main
from glue.quarantine import Quarantine


def job(context: Context) -> dict[str, Any]:
    """Run silver and gold and report, with the version of Python that did."""
    result = silver.run(
        context.engine,
        context.bronze,
        Quarantine(context.s3, context.settings),
        context.settings,
        context.run_id,
        context.started_at,
    )
    tables = [context.engine.derive(table) for table in gold.DERIVED]
    return {
        **result.document(),
        "booked": {
            hour: [books.rows, str(books.sound), str(books.found), books.new, books.twice, books.missing]
            for hour, books in result.booked.items()
        },
        "gold": {derived.table: derived.outcome for derived in tables},
        "python": "{}.{}".format(*sys.version_info[:2]),
    }


if __name__ == "__main__":
    sys.exit(main(job))

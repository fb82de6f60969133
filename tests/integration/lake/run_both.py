"""Silver, then gold, of one lake, in a process that can be killed; its argument is the stack, JSON."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import boto3

from glue import gold, silver
from glue.bronze import Bronze
from glue.engines.duckdb import DuckDbEngine
from glue.lake import Lake, connect
from glue.quarantine import Quarantine
from glue.settings import Settings
from glue.tables import load_all


def main(stack: str) -> None:
    settings = Settings.from_stack(stack)
    s3 = boto3.client("s3", region_name=settings.region)
    bronze = Bronze(s3, settings)
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDbEngine(Lake(connect(settings), settings), bronze, load_all(), settings, Path(folder))
        silver.run(engine, bronze, Quarantine(s3, settings), settings, uuid4().hex, datetime.now(UTC))
        engine.close()
        for table in gold.DERIVED:
            engine.derive(table)


if __name__ == "__main__":
    main(sys.argv[1])

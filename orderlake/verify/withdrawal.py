"""Takes a run's marked events out of the lake again, and proves that they are gone.

Bronze objects are written anew without them, the root of silver too; the jobs then bring every table that
derives from it up to that. The stream forgets by itself, after its retention; Athena's results expire. What
was taken out is noted for the ledgers first.
"""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue import tables
from glue.changes import rewrite_without
from glue.lake import Lake, connect
from glue.settings import Settings
from orderlake.aws import Aws
from orderlake.commands.job import run_job
from orderlake.ledger import withdrawn
from orderlake.ledger.balance import Coordinate
from orderlake.verify.finding import Finding, failed, passed
from orderlake.verify.trial import Trial, gold_of

_log = logging.getLogger(__name__)
_ROOT = "silver_order_events"


def withdraw(aws: Aws, trial: Trial) -> Iterator[Finding]:
    """Remove what arrived of the run; safe to repeat."""
    if trial.producer_id is None:
        return
    objects = dict(_objects_with(aws, trial))
    noted = withdrawn.write(aws, trial.producer_id, _places(trial, objects))
    for key, rows in objects.items():
        _write_without(aws, trial, key, rows)
    _remove_from_silver(aws, trial)
    for job in ("silver", "gold"):
        run_job(aws, job, wait=True)
    orders, _ = gold_of(aws, trial)
    if orders:
        yield failed("clean-up", f"gold still holds {orders} orders of {trial.mark}", "run verify again")
        return
    yield passed("clean-up", f"{noted} events taken out of bronze, silver and gold")


def _objects_with(aws: Aws, trial: Trial) -> Iterator[tuple[str, pa.Table]]:
    """Bronze objects since the run began that hold any of its events, with all their rows."""
    s3 = aws.session.client("s3")
    began = trial.started_at - timedelta(hours=1)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=aws.stack.lake_bucket,
        Prefix=aws.stack.bronze_prefix,
        StartAfter=f"{aws.stack.bronze_prefix}arrival_hour={began:%Y-%m-%d-%H}",
    )
    for page in pages:
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket=aws.stack.lake_bucket, Key=entry["Key"])["Body"].read()
            try:
                rows = pq.read_table(io.BytesIO(body), partitioning=None)
            except pa.ArrowInvalid:
                _log.warning("%s is no Parquet file: left as it is", entry["Key"])
                continue
            if pc.any(_is_ours(rows, trial)).as_py():
                yield entry["Key"], rows


def _is_ours(rows: pa.Table, trial: Trial) -> Any:
    return pc.is_in(rows.column("producer_id"), pa.array([trial.producer_id], pa.string()))


def _places(trial: Trial, objects: dict[str, pa.Table]) -> list[tuple[Coordinate, int]]:
    places = {}
    for rows in objects.values():
        for row in rows.filter(_is_ours(rows, trial)).to_pylist():
            place = Coordinate(
                row["shard_id"], int(row["sequence_number"]), int(row["sub_sequence_number"] or 0)
            )
            places[place] = int(row["sequence"])
    return sorted(places.items())


def _write_without(aws: Aws, trial: Trial, key: str, rows: pa.Table) -> None:
    s3 = aws.session.client("s3")
    kept = rows.filter(pc.invert(_is_ours(rows, trial)))
    if not kept.num_rows:
        s3.delete_object(Bucket=aws.stack.lake_bucket, Key=key)
        return
    body = io.BytesIO()
    pq.write_table(kept, body, compression="snappy")
    s3.put_object(Bucket=aws.stack.lake_bucket, Key=key, Body=body.getvalue())


def _remove_from_silver(aws: Aws, trial: Trial) -> None:
    settings = Settings.from_stack(aws.stack.model_dump_json())
    lake = Lake(connect(settings), settings)
    spec = tables.load(_ROOT)
    ids = pa.array(trial.event_ids, pa.string())

    def attempt() -> None:
        table = lake.open(spec)
        removed, added = rewrite_without(lake, table, spec, "event_id", ids)
        if removed:
            lake.commit(table, add=added, remove=removed)

    lake.until_committed(_ROOT, attempt)

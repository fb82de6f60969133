"""Nobody who was erased comes into silver again, by whichever way bronze is read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from glue import silver
from glue.erasure import CUSTOMER_ID, ErasureKey, folder, key_parameter
from glue.jobs import silver as silver_job
from glue.jobs.entry import Context
from glue.quarantine import Quarantine
from orderlake.commands.restore import _forget_checkpoints
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import LakeHarness, event

ERASED: Final = "c1"  # of one event in five (lake_harness.event)
OTHERS: Final = {"c0", "c2", "c3", "c4"}
NOBODY_BUT_OTHERS: Final[Mapping[str, set[str | None]]] = {
    "silver_order_events": {None, *OTHERS},
    "silver_orders": {None, *OTHERS},
    "silver_order_lines": {None, *OTHERS},
    "gold_customer_value": {*OTHERS},
}
STARTED: Final = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def lake(make_lake: MakeLake, request: pytest.FixtureRequest) -> LakeHarness:
    """A lake with a customer on its list, and ten events that came since, two of them theirs."""
    lake = make_lake(environment=request.node.name)
    parameter = key_parameter(lake.settings.environment)
    lake.aws.client("ssm").put_parameter(Name=parameter, Value="secret", Type="SecureString")
    key = ErasureKey("1", "secret")
    name = f"{folder(lake.settings.audit_prefix)}{key.key_id}/{key.token(CUSTOMER_ID, ERASED)}.json"
    lake.s3.put_object(Bucket=lake.settings.lake_bucket, Key=name, Body=b"{}")
    send(lake)
    return lake


def send(lake: LakeHarness) -> None:
    lake.put([event(number) for number in range(10)], f"sent-{datetime.now(UTC).timestamp()}")


def job(lake: LakeHarness, work_dir: Path, *arguments: str) -> Context:
    """What the jobs' entry point makes for them."""
    return Context(lake.settings, work_dir, "duckdb", arguments)


def run(context: Context) -> None:
    quarantine = Quarantine(context.s3, context.settings)
    silver.run(context.engine, context.bronze, quarantine, context.settings, context.run_id, STARTED)
    context.engine.derive("gold_customer_value")
    context.engine.close()


def customers(lake: LakeHarness) -> Mapping[str, set[str | None]]:
    return {table: {row["customer_id"] for row in lake.rows(table)} for table in NOBODY_BUT_OTHERS}


def test_a_run_lets_nobody_in(lake: LakeHarness, tmp_path: Path) -> None:
    run(job(lake, tmp_path))
    assert customers(lake) == NOBODY_BUT_OTHERS


def test_a_backfill_lets_nobody_in(lake: LakeHarness, tmp_path: Path) -> None:
    run(job(lake, tmp_path))
    send(lake)  # no run has looked at these

    context = job(lake, tmp_path, "--backfill-tables", "silver_order_events")
    silver_job._backfill(context)
    run(context)

    assert customers(lake) == NOBODY_BUT_OTHERS


def test_a_restore_lets_nobody_in(lake: LakeHarness, tmp_path: Path) -> None:
    run(job(lake, tmp_path))
    send(lake)
    for table in ("silver_order_events", *silver.DERIVED, "gold_customer_value"):
        lake.catalog.drop_table((lake.settings.database, table))
    _forget_checkpoints(lake.s3, lake.settings.lake_bucket, lake.settings.checkpoints_prefix)

    run(job(lake, tmp_path))

    assert customers(lake) == NOBODY_BUT_OTHERS

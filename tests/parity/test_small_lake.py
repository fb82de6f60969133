"""What is rare in real orders: repeated, contested, malformed and unreadable, the same on both engines."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from infra.local.glue.glueetl import iceberg_jar
from infra.local.glue.pythonshell import JobSetupError
from producer.simulator import ShopSettings, simulate
from tests.integration.lake.lake_harness import Event, environment
from tests.integration.local.aws_harness import running_aws
from tests.parity.bronze import bronze, longer
from tests.parity.engine_lake import EngineLake

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
EVENTS = 1_500


def events() -> list[Event]:
    shop = ShopSettings(
        seed=3, start=datetime(2026, 3, 28, tzinfo=UTC), events_per_second=EVENTS / 172_800, life_speed=1
    )
    return bronze(islice(simulate(shop), EVENTS))


def build(
    lake: EngineLake, rounds: list[list[Event]]
) -> tuple[list[Mapping[str, Any]], dict[str, list[dict[str, Any]]]]:
    results = []
    for number, rows in enumerate(rounds):
        lake.put(rows, str(number))
        lake.put_bytes(b"not parquet", f"foreign-{number}")
        results.append(lake.result(lake.start()))
    return results, {table: lake.rows(table) for table in lake.tables()}


def test_a_small_lake_is_the_same_on_both_engines(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        iceberg_jar()
    except JobSetupError as error:
        pytest.skip(str(error))
    rows = events()
    malformed = [
        {**rows[0], "payload": "{"},
        {**rows[1], "payload": "[]"},
        {**rows[2], "event_id": "n", "payload": "{}"},
    ]
    rounds = [rows[:1000] + rows[:50] + malformed, [*rows[900:], longer(rows[10]), longer(rows[1100])]]
    work_dir = tmp_path_factory.mktemp("aws")
    with running_aws(work_dir) as aws, pytest.MonkeyPatch.context() as patch:
        for variable, value in environment(aws):
            patch.setenv(variable, value)
        duckdb = build(EngineLake(aws, work_dir, "duckdb", "duckdb"), rounds)
        spark = build(EngineLake(aws, work_dir, "spark", "spark"), rounds)
    counts = ("rows", "inserted", "duplicates", "replaced", "malformed", "conflicts")
    assert [{name: result[name] for name in counts} for result in spark[0]] == [
        {name: result[name] for name in counts} for result in duckdb[0]
    ]
    different = [table for table in duckdb[1] if duckdb[1][table] != spark[1][table]]
    assert different == []

"""What is rare in real orders, and a customer who was erased, on both engines and from one to the other."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from infra.local.glue.glueetl import iceberg_jar
from infra.local.glue.pythonshell import JobSetupError
from producer.simulator import ShopSettings, simulate
from tests.integration.lake.lake_harness import Event, environment
from tests.integration.local.aws_harness import Aws, running_aws
from tests.parity.bronze import bronze, dear, longer, on_another_day
from tests.parity.engine_lake import EngineLake

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
EVENTS = 1_500
Built = tuple[list[Mapping[str, Any]], dict[str, list[dict[str, Any]]]]


def events() -> list[Event]:
    shop = ShopSettings(
        seed=3, start=datetime(2026, 3, 28, tzinfo=UTC), events_per_second=EVENTS / 172_800, life_speed=1
    )
    return bronze(islice(simulate(shop), EVENTS))


@cache
def erased() -> str:
    """A customer in those events that Spark reads in both tests, who is on the list of the erased."""
    ids = (json.loads(row["payload"]).get("customer_id") for row in events()[400:])
    return next(str(customer) for customer in ids if customer)


def build(lake: EngineLake, rounds: list[list[Event]]) -> Built:
    results = []
    lake.list_as_erased(erased())
    for number, rows in enumerate(rounds):
        lake.put(rows, str(number))
        lake.put_bytes(b"not parquet", f"foreign-{number}")
        results.append(lake.result(lake.start()))
    return results, {table: lake.rows(table) for table in lake.tables()}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    try:
        iceberg_jar()
    except JobSetupError as error:
        pytest.skip(str(error))
    with running_aws(tmp_path_factory.mktemp("aws")) as running, pytest.MonkeyPatch.context() as patch:
        for variable, value in environment(running):
            patch.setenv(variable, value)
        yield running


@pytest.fixture(scope="module")
def rounds() -> list[list[Event]]:
    rows = events()
    malformed = [
        {**rows[0], "payload": "{"},
        {**rows[1], "payload": "[]"},
        {**rows[2], "event_id": "n", "payload": "{}"},
    ]
    strange = [
        {**row, "event_id": f"strange-{kind}", "event_type": kind}
        for row, kind in ((rows[3], "something_new"), (dear(rows[4]), "order_shipped"))
    ]
    return [
        rows[:1000] + rows[:50] + malformed + strange,
        [*rows[900:], longer(rows[10]), longer(rows[1100]), on_another_day(rows[20])],
    ]


@pytest.fixture(scope="module")
def by_duckdb(aws: Aws, rounds: list[list[Event]], tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(EngineLake(aws, tmp_path_factory.mktemp("duckdb"), "duckdb", "duckdb"), rounds)


def test_a_small_lake_is_the_same_on_both_engines(
    aws: Aws, rounds: list[list[Event]], by_duckdb: Built, tmp_path: Path
) -> None:
    spark = build(EngineLake(aws, tmp_path, "spark", "spark"), rounds)
    counts = ("rows", "inserted", "duplicates", "replaced", "malformed", "conflicts", "booked")
    assert [{name: result[name] for name in counts} for result in spark[0]] == [
        {name: result[name] for name in counts} for result in by_duckdb[0]
    ]
    different = [table for table in by_duckdb[1] if by_duckdb[1][table] != spark[1][table]]
    assert different == []


def test_a_lake_goes_from_duckdb_to_spark_and_back_and_nothing_is_built_anew(
    aws: Aws, rounds: list[list[Event]], by_duckdb: Built, tmp_path: Path
) -> None:
    lake = EngineLake(aws, tmp_path, "switched", "duckdb", "spark")
    lake.list_as_erased(erased())
    first, second = rounds
    for number, (engine, rows) in enumerate(
        (("duckdb", first[:400]), ("spark", first[400:]), ("duckdb", second))
    ):
        lake.put(rows, str(number))
        result = lake.result(lake.start(engine))
        outcomes = {table["outcome"] for table in result["tables"].values()}
        assert outcomes == {"updated" if number else "rebuilt"}
    different = [table for table, rows in by_duckdb[1].items() if rows != lake.rows(table)]
    assert different == []
    customers = {row["customer_id"] for row in lake.rows("gold_customer_value")}
    assert customers
    assert erased() not in customers

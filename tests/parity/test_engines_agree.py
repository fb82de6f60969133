"""DuckDB on this Python, DuckDB on Glue's Python 3.9 and Spark make the same rows of the same events."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from infra.local.glue import JobSettings
from infra.local.glue.glueetl import iceberg_jar
from infra.local.glue.pythonshell import JobSetupError
from infra.packaging import PythonShell, install_python_shell
from producer.order_files import read_order_file
from producer.simulator import ShopSettings, simulate
from tests.integration.lake.lake_harness import Event, environment
from tests.integration.local.aws_harness import running_aws
from tests.parity.bronze import bronze, longer
from tests.parity.engine_lake import EngineLake
from tests.shared_data import ONLINE_RETAIL, TOTALS, needs_real_orders

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), needs_real_orders]
MONTH_EVENTS = 12_000
SECONDS_OF_A_MONTH = 30 * 24 * 3600
OBJECT_EVENTS = 8_000
Content = Mapping[str, list[dict[str, Any]]]


def real_orders() -> list[Event]:
    return bronze(read_order_file(ONLINE_RETAIL))


def simulated_month() -> list[Event]:
    shop = ShopSettings(
        seed=7,
        start=datetime(2026, 3, 10, tzinfo=UTC),  # over the change to summer time
        events_per_second=MONTH_EVENTS / SECONDS_OF_A_MONTH,
        life_speed=1,
    )
    return bronze(islice(simulate(shop), MONTH_EVENTS))


def put(lake: EngineLake, rows: list[Event], name: str) -> None:
    for number, start in enumerate(range(0, len(rows), OBJECT_EVENTS)):
        lake.put(rows[start : start + OBJECT_EVENTS], f"{name}-{number}")


@pytest.fixture(scope="module")
def python_shell() -> PythonShell:
    found = install_python_shell()
    if found is None:
        pytest.skip("there is no Python 3.9 on this machine")
    return found


@pytest.fixture(scope="module")
def contents(python_shell: PythonShell, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Content]:
    """Every table, by engine: built from three quarters of the events, then brought up to all of them."""
    try:
        iceberg_jar()
    except JobSetupError as error:
        pytest.skip(str(error))
    retail, month = real_orders(), simulated_month()
    first = [*retail[: len(retail) * 3 // 4], *month[: MONTH_EVENTS * 3 // 4]]
    second = [*retail[len(retail) // 2 :], *month[MONTH_EVENTS // 2 :], longer(retail[10])]
    shells = {
        "here": JobSettings(),
        "python39": JobSettings(
            python_shell=str(python_shell.interpreter), python_shell_libraries=python_shell.libraries
        ),
    }
    found: dict[str, Content] = {}
    for name, engine, settings in (
        ("here", "duckdb", shells["here"]),
        ("python39", "duckdb", shells["python39"]),
        ("spark", "spark", shells["here"]),
    ):
        work_dir = tmp_path_factory.mktemp(name)
        with running_aws(work_dir, job_settings=settings) as aws, pytest.MonkeyPatch.context() as patch:
            for variable, value in environment(aws):
                patch.setenv(variable, value)
            lake = EngineLake(aws, work_dir, name, engine)
            for number, rows in enumerate((first, second)):
                put(lake, rows, str(number))
                result = lake.result(lake.start())
                assert result["malformed"] == 0
                assert (result["python"] == "3.9") == (name == "python39")
            found[name] = {table: lake.rows(table) for table in lake.tables()}
    return found


@pytest.mark.parametrize("engine", ["python39", "spark"])
def test_every_table_has_the_same_rows(contents: Mapping[str, Content], engine: str) -> None:
    ours, theirs = contents["here"], contents[engine]
    assert {table: len(rows) for table, rows in theirs.items()} == {
        table: len(rows) for table, rows in ours.items()
    }
    different = {
        table: next(pair for pair in zip(ours[table], theirs[table], strict=True) if pair[0] != pair[1])
        for table in ours
        if ours[table] != theirs[table]
    }
    assert different == {}


@pytest.mark.parametrize("engine", ["here", "python39", "spark"])
def test_the_real_orders_add_up_to_the_control_totals(contents: Mapping[str, Content], engine: str) -> None:
    totals = json.loads(TOTALS.read_text(encoding="utf-8"))
    tables = contents[engine]
    months: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 2)
    for row in tables["gold_daily_sales"]:
        months[row["sales_date"].isoformat()[:7]][0] += row["returned_amount"]
        months[row["sales_date"].isoformat()[:7]][1] += row["amount"]
    for month, (_, _, _, cancelled, net) in totals[
        "per_month[month]=[rows,distinct_invoices,T2_gross,T3_cancel,T1_net]"
    ].items():
        assert months[month] == [Decimal(cancelled), Decimal(net)]
    products: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["gold_product_sales"]:
        if row["sales_date"].year < 2012:
            products[row["sku"]] += row["gross_amount"]
    top = sorted(products.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert top == [
        (sku, Decimal(total)) for sku, total in totals["top10_products_gross(T2 lines, StockCode as written)"]
    ]
    retail = {row["customer_id"] for row in tables["silver_order_lines"] if row["sales_date"].year < 2012}
    assert len(retail - {None}) == totals["distinct_customers_nonblank"]
    for name, measure, classes in (
        ("gross(T2", "gross_amount", {"sale"}),
        ("net(T1", "amount", {"sale", "return", "adjustment"}),
    ):
        value = {row["customer_id"]: row[measure] for row in tables["gold_customer_value"]}
        for row in tables["silver_order_lines"]:  # the simulated shop has customers of the same numbers
            if row["sales_date"].year > 2011 and row["line_class"] in classes and row["customer_id"]:
                value[row["customer_id"]] -= row["amount"]
        best = sorted(value.items(), key=lambda item: -item[1])[:10]
        expected = totals[f"top10_customers_{name} lines, CustomerID nonblank)"]
        assert best == [(customer.removesuffix(".0"), Decimal(amount)) for customer, amount in expected]

"""The real orders against their control totals, sent once, again, renamed, and cut in two."""

import gzip
import json
import subprocess
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.embedded_pipeline import Pipeline, money, running_pipeline
from tests.shared_data import ONLINE_RETAIL, TOTALS, needs_real_orders

pytestmark = [pytest.mark.slow, needs_real_orders, pytest.mark.timeout(1200)]

TABLES = (
    "silver_order_events",
    "silver_order_lines",
    "silver_stock_movements",
    "silver_orders",
    "gold_daily_sales",
    "gold_product_sales",
    "gold_customer_value",
    "gold_order_funnel",
    "gold_inventory",
)


@pytest.fixture(scope="module")
def totals() -> Mapping[str, Any]:
    """Control totals by the first word of their names (T1, per_month…)."""
    return {name.split("(")[0].split("[")[0]: value for name, value in json.loads(TOTALS.read_text()).items()}


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A pipeline that the shared file went through once."""
    with running_pipeline() as running:
        running.orderlake("replay", str(ONLINE_RETAIL), "--speed", "max")
        running.audit("bronze", wait=300)
        running.run_jobs()
        yield running


def contents(pipeline: Pipeline) -> dict[str, str]:
    """Every table, row by row in a fixed order, as text."""
    texts = {}
    for table in TABLES:
        columns = pipeline.rows(f"SELECT * FROM {table} LIMIT 1")[0].keys()
        order = ", ".join(str(place) for place in range(1, len(columns) + 1))
        texts[table] = pipeline.orderlake(
            "query",
            f"SELECT * FROM {table} ORDER BY {order}",
            "--format",
            "csv",
        )
    return texts


def test_the_sums_of_the_whole_file_are_exact(pipeline: Pipeline, totals: Mapping[str, Any]) -> None:
    sums = pipeline.row(
        "SELECT sum(amount) AS amount, sum(gross_amount) AS gross, sum(returned_amount) AS returned, "
        "sum(adjusted_amount) AS adjusted FROM gold_daily_sales"
    )

    assert money(sums["amount"]) == Decimal(str(totals["T1_net_all_lines"]))
    assert money(sums["gross"]) == Decimal(str(totals["T2_gross_sales"])) - Decimal(
        str(totals["T6_A_lines_counted_in_T2"])
    )
    assert money(sums["returned"]) == Decimal(str(totals["T3_cancellations"]))
    assert money(sums["adjusted"]) == Decimal(str(totals["T4_adjustments"]))


def test_every_line_is_a_line_a_movement_or_in_quarantine(
    pipeline: Pipeline, totals: Mapping[str, Any]
) -> None:
    counts = pipeline.row(
        "SELECT (SELECT count(*) FROM silver_order_lines) AS lines, "
        "(SELECT count(*) FROM silver_stock_movements) AS movements, "
        "(SELECT count(*) FROM quarantine_distinct) AS quarantined"
    )

    assert sum(counts.values()) == totals["rows"]


def test_every_month_is_exact(pipeline: Pipeline, totals: Mapping[str, Any]) -> None:
    rows = pipeline.rows(
        "SELECT date_format(sales_date, '%Y-%m') AS month, sum(gross_amount) AS gross, "
        "sum(returned_amount) AS returned, sum(adjusted_amount) AS adjusted, sum(amount) AS amount "
        "FROM gold_daily_sales GROUP BY 1"
    )

    adjusted_up = {"2011-08": Decimal("11062.06")}
    assert {
        row["month"]: (
            money(row["gross"]) + adjusted_up.get(row["month"], Decimal(0)),
            money(row["returned"]),
            money(row["amount"]),
        )
        for row in rows
    } == {
        month: (Decimal(gross), Decimal(returned), Decimal(net))
        for month, (_rows, _invoices, gross, returned, net) in totals["per_month"].items()
    }


def test_the_best_products_are_the_control_totals(pipeline: Pipeline, totals: Mapping[str, Any]) -> None:
    rows = pipeline.rows(
        "SELECT sku, sum(gross_amount) AS gross FROM gold_product_sales GROUP BY sku "
        "ORDER BY gross DESC, sku LIMIT 10"
    )

    assert [(row["sku"], money(row["gross"])) for row in rows] == [
        (sku, Decimal(gross)) for sku, gross in totals["top10_products_gross"][:10]
    ]


def test_the_best_customers_are_the_control_totals(pipeline: Pipeline, totals: Mapping[str, Any]) -> None:
    rows = pipeline.rows(
        "SELECT customer_id, gross_amount FROM gold_customer_value "
        "ORDER BY gross_amount DESC, customer_id LIMIT 10"
    )

    assert [(row["customer_id"], money(row["gross_amount"])) for row in rows] == [
        (customer.removesuffix(".0"), Decimal(gross)) for customer, gross in totals["top10_customers_gross"]
    ]


def test_pyathena_and_the_aws_command_line_read_the_same(pipeline: Pipeline) -> None:
    import shutil

    import pyathena

    statement = "SELECT sum(amount) AS amount FROM gold_daily_sales"
    ours = money(pipeline.row(statement)["amount"])
    stack = pipeline.aws.stack
    with pyathena.connect(
        region_name=stack.region,
        work_group=stack.workgroup,
        schema_name=stack.database,
        endpoint_url=pipeline.endpoint_url,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
        poll_interval=0.1,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        assert cursor.fetchone() == (ours,)

    if shutil.which("aws") is None:
        pytest.skip("PyAthena agrees; the AWS command line is not on this machine (pip install awscli)")

    def aws(*arguments: str) -> Any:
        done = subprocess.run(
            ["aws", "athena", *arguments, "--output", "json"],
            env=pipeline.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(done.stdout)

    started = aws(
        "start-query-execution",
        "--query-string",
        statement,
        "--work-group",
        stack.workgroup,
        "--query-execution-context",
        f"Database={stack.database}",
    )
    execution = started["QueryExecutionId"]
    for _ in range(100):
        state = aws("get-query-execution", "--query-execution-id", execution)["QueryExecution"]["Status"][
            "State"
        ]
        if state not in {"QUEUED", "RUNNING"}:
            break
    assert state == "SUCCEEDED"
    results = aws("get-query-results", "--query-execution-id", execution)
    assert Decimal(results["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"]) == ours


def test_the_same_orders_again_renamed_and_cut_change_no_table(pipeline: Pipeline, tmp_path: Path) -> None:
    """Runs last in this module: it sends the file three times more."""
    before = contents(pipeline)
    events = pipeline.row("SELECT count(*) AS n FROM silver_order_events")["n"]
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(gzip.decompress(ONLINE_RETAIL.read_bytes()))

    pipeline.orderlake("replay", str(ONLINE_RETAIL))
    pipeline.orderlake("replay", str(renamed))
    pipeline.audit("bronze", wait=300)
    pipeline.run_jobs()
    for half in cut_in_two(renamed, tmp_path):
        pipeline.orderlake("replay", str(half))
        pipeline.audit("bronze", wait=300)
        pipeline.run_jobs()

    assert contents(pipeline) == before
    assert pipeline.audit("gold")["bronze → silver", "duplicates"] == 3 * events


def cut_in_two(file: Path, folder: Path) -> list[Path]:
    """Two files with the same header, cut between two invoices near the middle."""
    header, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    cut = len(lines) // 2
    while lines[cut].split(",")[0] == lines[cut - 1].split(",")[0]:
        cut += 1
    halves = [folder / "first.csv", folder / "second.csv"]
    for half, part in zip(halves, (lines[:cut], lines[cut:]), strict=True):
        half.write_text(header + "".join(part), encoding="utf-8")
    return halves

"""Athena on the embedded AWS, through its API: states, results, errors."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from moto.athena.models import athena_backends
from pyathena import connect

from tests.integration.local.athena_client import RESULTS, ask, finished
from tests.integration.local.aws_harness import ACCOUNT, REGION, Aws, running_aws
from tests.integration.local.test_glue_commits import catalog

_SALES: dict[str, pa.DataType] = {
    "sales_date": pa.date32(),
    "category": pa.string(),
    "units": pa.int64(),
    "amount": pa.decimal128(38, 4),
    "rate": pa.float64(),
    "sold_at": pa.timestamp("us", tz="UTC"),
    "payload": pa.string(),
}
SALES = pa.schema(_SALES)
SUMMER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "sales_date": date(2026, 1, 31),
        "category": "toys",
        "units": 3,
        "amount": Decimal("10.0000"),
        "rate": 0.5,
        "sold_at": SUMMER,
        "payload": '{"order":{"id":"A1"},"tags":["x"]}',
    },
    {
        "sales_date": date(2026, 2, 28),
        "category": 'so-called "art"',
        "units": 7,
        "amount": Decimal("0.3333"),
        "rate": 12345678.9,
        "sold_at": SUMMER,
        "payload": "not json",
    },
    {
        "sales_date": date(2026, 2, 1),
        "category": None,
        "units": -7,
        "amount": Decimal("-2.5000"),
        "rate": None,
        "sold_at": None,
        "payload": None,
    },
]
UNRESOLVED = "cannot be resolved or requester is not authorized to access requested resources"
UNGROUPED = "must be an aggregate expression or appear in GROUP BY clause"
HOUSE_QUERY = """SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_aws(Path(tmp_path_factory.mktemp("aws"))) as running:
        tables = catalog(running)
        for database, name in (("db", "sales"), ("ecommerce_analytics_db", "gold_daily_sales")):
            tables.create_namespace(database)
            table = tables.create_table(f"{database}.{name}", SALES, location=f"s3://lake/{database}/{name}")
            table.append(pa.Table.from_pylist(ROWS, SALES))
        yield running


def test_the_house_query_works_as_it_stands(aws: Aws) -> None:
    answer = ask(aws, HOUSE_QUERY)
    assert answer.rows == [("toys", "10.0000"), ('so-called "art"', "0.3333"), (None, "-2.5000")]
    assert answer.columns == [("category", "varchar", 2147483647, 0), ("total_revenue", "decimal", 38, 4)]


def test_the_result_object_is_csv_as_athena_writes_it(aws: Aws) -> None:
    answer = ask(aws, "SELECT category, units FROM sales ORDER BY units")
    location = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"{RESULTS}{answer.execution['QueryExecutionId']}.csv"
    body = aws.objects.get("lake", location.removeprefix("s3://lake/"))
    assert body == b'"category","units"\n,"-7"\n"toys","3"\n"so-called ""art""","7"\n'
    assert aws.objects.get("lake", location.removeprefix("s3://lake/") + ".metadata")


# What an analyst types, and what Trino answers.
ANSWERS: list[tuple[str, list[str], tuple[str | None, ...]]] = [
    (
        "SELECT 7 / 2, -7 / 2, 7 % 3",
        ["integer", "integer", "integer"],
        (
            "3",
            "-3",
            "1",
        ),
    ),
    (
        "SELECT 10 / 4.0, 1.5 * 2, 1 / 3.00",
        ["decimal", "decimal", "decimal"],
        (
            "2.5",
            "3.0",
            "0.33",
        ),
    ),
    (
        "SELECT 1e0 / 4, 5e-324 * 0, 1e7",
        ["double", "double", "double"],
        (
            "0.25",
            "0.0",
            "1.0E7",
        ),
    ),
    (
        "SELECT sum(units), count(*), avg(units) FROM sales",
        ["bigint", "bigint", "double"],
        (
            "3",
            "3",
            "1.0",
        ),
    ),
    (
        "SELECT sum(amount), avg(amount) FROM sales",
        ["decimal", "decimal"],
        (
            "7.8333",
            "2.6111",
        ),
    ),
    ("SELECT avg(amount) FROM sales WHERE false", ["decimal"], (None,)),
    ("SELECT sum(amount) / count(*) FROM sales", ["decimal"], ("2.6111",)),
    ("SELECT round(amount / 3, 2) FROM sales WHERE units = 3", ["decimal"], ("3.3300",)),
    ("SELECT amount * units FROM sales WHERE units = 7", ["decimal"], ("2.3331",)),
    ("SELECT rate FROM sales WHERE units = 7", ["double"], ("1.23456789E7",)),
    (
        "SELECT sold_at FROM sales WHERE units = 3",
        ["timestamp with time zone"],
        ("2026-06-30 23:30:00.000000 UTC",),
    ),
    (
        "SELECT date(sold_at AT TIME ZONE 'Europe/London') FROM sales WHERE units = 3",
        ["date"],
        ("2026-07-01",),
    ),
    ("SELECT hour(at_timezone(sold_at, 'Europe/London')) FROM sales WHERE units = 3", ["bigint"], ("0",)),
    ("SELECT date_add('day', 1, sales_date) FROM sales WHERE units = 3", ["date"], ("2026-02-01",)),
    ("SELECT sales_date + INTERVAL '1' MONTH FROM sales WHERE units = 3", ["date"], ("2026-02-28",)),
    ("SELECT date_trunc('month', sales_date) FROM sales WHERE units = 3", ["date"], ("2026-01-01",)),
    (
        "SELECT date_diff('day', sales_date, DATE '2026-03-01') FROM sales WHERE units = 3",
        ["bigint"],
        ("29",),
    ),
    (
        ("SELECT date_diff('day', TIMESTAMP '2026-01-01 23:00:00', TIMESTAMP '2026-01-02 01:00:00')"),
        ["bigint"],
        ("0",),
    ),
    (
        ("SELECT year(sales_date), month(sales_date), day_of_week(sales_date) FROM sales WHERE units = 3"),
        ["bigint", "bigint", "bigint"],
        (
            "2026",
            "1",
            "6",
        ),
    ),
    (
        "SELECT from_unixtime(1700000000123456 / 1e6)",
        ["timestamp with time zone"],
        ("2023-11-14 22:13:20.123 UTC",),
    ),
    ("SELECT date_parse('2026-01-02 03', '%Y-%m-%d %H')", ["timestamp"], ("2026-01-02 03:00:00.000",)),
    ("SELECT date_format(TIMESTAMP '2026-01-02 03:04:05', '%Y-%m-%d-%H')", ["varchar"], ("2026-01-02-03",)),
    (
        "SELECT format_datetime(TIMESTAMP '2026-01-02 03:04:05', 'yyyy-MM-dd-HH')",
        ["varchar"],
        ("2026-01-02-03",),
    ),
    (
        (
            "SELECT json_extract_scalar(payload, '$.order.id'), json_extract_scalar(payload, "
            "'$.tags') FROM sales WHERE units = 3"
        ),
        ["varchar", "varchar"],
        (
            "A1",
            None,
        ),
    ),
    ("SELECT json_extract_scalar(payload, '$.order.id') FROM sales WHERE units = 7", ["varchar"], (None,)),
    (
        "SELECT approx_distinct(category), count(DISTINCT units) FROM sales",
        ["bigint", "bigint"],
        (
            "2",
            "3",
        ),
    ),
    ("SELECT array_agg(units ORDER BY units DESC) FROM sales", ["array"], ("[7, 3, -7]",)),
    (
        "SELECT count(*) FILTER (WHERE units > 0), count_if(units > 0) FROM sales",
        ["bigint", "bigint"],
        (
            "2",
            "2",
        ),
    ),
    ("SELECT coalesce(sum(amount), 0) FROM sales WHERE units = 99", ["decimal"], ("0.0000",)),
    (
        "SELECT max_by(category, units), min(category) FROM sales",
        ["varchar", "varchar"],
        (
            'so-called "art"',
            'so-called "art"',
        ),
    ),
    (
        "SELECT greatest(1, NULL), concat('a', 'b'), 'a' || 'b'",
        ["integer", "varchar", "varchar"],
        (
            None,
            "ab",
            "ab",
        ),
    ),
    ("SELECT units FROM sales ORDER BY units OFFSET 1 LIMIT 1", ["bigint"], ("3",)),
    ("SELECT upper(category) AS category FROM sales WHERE category = 'toys'", ["varchar"], ("TOYS",)),
    (
        (
            "SELECT s.units FROM sales s WHERE EXISTS (SELECT 1 FROM sales o WHERE o.units = "
            "-s.units) AND s.units IN (SELECT max(units) FROM sales)"
        ),
        ["bigint"],
        ("7",),
    ),
    (
        (
            "WITH t AS (SELECT units, ntile(3) OVER (ORDER BY units) AS third FROM sales) SELECT "
            "units FROM t WHERE third = 3"
        ),
        ["bigint"],
        ("7",),
    ),
    (
        ("SELECT sum(units) OVER (), avg(amount) OVER (PARTITION BY units) FROM sales WHERE units = 3"),
        ["bigint", "decimal"],
        (
            "3",
            "10.0000",
        ),
    ),
    (
        "SELECT n FROM (VALUES 1, 2) AS v(n) CROSS JOIN UNNEST(ARRAY[n]) AS u(m) WHERE m = 2",
        ["integer"],
        ("2",),
    ),
    ("SELECT 1 UNION ALL SELECT 1 LIMIT 1", ["integer"], ("1",)),
    (
        "SELECT CAST('12.345' AS decimal(10,2)), TRY_CAST('x' AS bigint), true",
        ["decimal", "bigint", "boolean"],
        (
            "12.35",
            None,
            "true",
        ),
    ),
    (
        ("SELECT CAST(units AS double) / 2, sum(units) / 2 FROM sales WHERE units = 7 GROUP BY units"),
        ["double", "bigint"],
        (
            "3.5",
            "3",
        ),
    ),
]


@pytest.mark.parametrize(("sql", "types", "row"), ANSWERS, ids=[sql[7:70] for sql, _, _ in ANSWERS])
def test_a_query_answers_as_trino_does(
    aws: Aws, sql: str, types: list[str], row: tuple[str | None, ...]
) -> None:
    answer = ask(aws, sql)
    assert answer.reason == "None"
    assert [column[1] for column in answer.columns] == types
    assert answer.rows == [row]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT colour FROM sales",
            f"COLUMN_NOT_FOUND: line 1:8: Column 'colour' {UNRESOLVED}",
        ),
        (
            "SELECT *\nFROM missing",
            "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.db.missing' does not exist",
        ),
        ("SELECT * FROM nodb.sales", "SCHEMA_NOT_FOUND: line 1:20: Schema 'nodb' does not exist"),
        ("SELECT units / 0 FROM sales", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT amount / 0 FROM sales", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT nothing(1)", "FUNCTION_NOT_FOUND: line 1:1: Function 'nothing' not registered"),
        (
            "SELECT (SELECT units FROM sales)",
            "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
        ),
        (
            "SELECT units, count(*) FROM sales",
            f"EXPRESSION_NOT_AGGREGATE: line 1:1: 'units' {UNGROUPED}",
        ),
        (
            "INSERT INTO sales SELECT * FROM sales",
            "NOT_SUPPORTED: INSERT is not supported by the embedded Athena",
        ),
        ("CREATE TABLE x AS SELECT 1 AS a", "NOT_SUPPORTED: CREATE is not supported by the embedded Athena"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(aws: Aws, sql: str, reason: str) -> None:
    answer = ask(aws, sql)
    assert (answer.state, answer.reason) == ("FAILED", reason)
    assert answer.execution["Status"]["AthenaError"]["ErrorCategory"] == 2


def test_files_and_the_servers_own_variables_are_out_of_a_querys_reach(aws: Aws) -> None:
    for sql in ("SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')"):
        assert ask(aws, sql).state == "FAILED"


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT a FRM t WHERE", "", "SELECT 1; SELECT 2"])
def test_text_that_is_no_statement_is_refused_at_once(aws: Aws, sql: str) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("athena").start_query_execution(
            QueryString=sql or " ", ResultConfiguration={"OutputLocation": RESULTS}
        )
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


def test_results_come_in_pages_with_the_header_as_first_row(aws: Aws) -> None:
    athena = aws.client("athena")
    answer = ask(aws, "SELECT n FROM UNNEST(sequence(1, 5)) AS t(n)")
    execution_id = answer.execution["QueryExecutionId"]
    first = athena.get_query_results(QueryExecutionId=execution_id, MaxResults=3)
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["n", "1", "2"]
    second = athena.get_query_results(
        QueryExecutionId=execution_id, MaxResults=3, NextToken=first["NextToken"]
    )
    assert [row["Data"][0]["VarCharValue"] for row in second["ResultSet"]["Rows"]] == ["3", "4", "5"]
    assert "NextToken" not in second


def test_the_same_request_token_runs_a_query_once(aws: Aws) -> None:
    athena = aws.client("athena")
    token = "t" * 32
    ids = {
        athena.start_query_execution(
            QueryString="SELECT 1", ClientRequestToken=token, ResultConfiguration={"OutputLocation": RESULTS}
        )["QueryExecutionId"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_parameters_fill_the_question_marks(aws: Aws) -> None:
    answer = ask(
        aws, "SELECT units FROM sales WHERE category = ? AND units > ?", ExecutionParameters=["'toys'", "1"]
    )
    assert answer.rows == [("3",)]


@pytest.mark.parametrize("value", ["-1", "NULL", "true", "DATE '2026-01-01'", "'it''s'", "1.50"])
def test_a_parameter_is_any_literal(aws: Aws, value: str) -> None:
    assert ask(aws, "SELECT ?", ExecutionParameters=[value]).state == "SUCCEEDED"


@pytest.mark.parametrize(
    "value", ["'x' OR 1 = 1", "category", "(SELECT 1)", "1) OR (1 = 1", "'x'; DROP TABLE sales", "now()"]
)
def test_a_parameter_is_nothing_but_a_literal(aws: Aws, value: str) -> None:
    answer = ask(aws, "SELECT units FROM sales WHERE category = ?", ExecutionParameters=[value])
    assert answer.reason.startswith("INVALID_PARAMETER_USAGE")


def test_too_few_parameters_fail(aws: Aws) -> None:
    assert ask(aws, "SELECT ?").reason.startswith("INVALID_PARAMETER_USAGE: line 1:1:")


def test_a_workgroups_location_and_limit_are_enforced(aws: Aws) -> None:
    athena = aws.client("athena")
    athena.create_work_group(
        Name="capped",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://lake/of-the-group/"},
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
    )
    # The API takes no limit that a test's table could pass.
    backend = athena_backends[ACCOUNT][REGION]
    backend.work_groups["capped"].configuration["BytesScannedCutoffPerQuery"] = 100
    free = ask(aws, "SELECT 1", WorkGroup="capped")
    assert free.execution["ResultConfiguration"]["OutputLocation"].startswith("s3://lake/of-the-group/")
    over = ask(aws, "SELECT * FROM sales", WorkGroup="capped")
    assert (over.state, over.reason) == ("CANCELLED", "Bytes scanned limit was exceeded")


def test_a_query_without_an_output_location_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match="No output location provided"):
        aws.client("athena").start_query_execution(QueryString="SELECT 1")


def test_a_running_query_can_be_stopped(aws: Aws) -> None:
    athena = aws.client("athena")
    execution_id = athena.start_query_execution(
        QueryString="SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x) "
        "CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE x * y % 7 = 3",
        ResultConfiguration={"OutputLocation": RESULTS},
    )["QueryExecutionId"]
    athena.stop_query_execution(QueryExecutionId=execution_id)
    assert finished(aws, execution_id).state == "CANCELLED"


def test_several_queries_run_at_once(aws: Aws) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(aws, f"SELECT sum(units) + {n} FROM sales").rows, range(8)))
    assert answers == [[(str(3 + n),)] for n in range(8)]


def test_pyathena_reads_typed_values(aws: Aws) -> None:
    cursor = connect(
        s3_staging_dir=RESULTS,
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        schema_name="db",
    ).cursor()
    cursor.execute(
        "SELECT category, units, amount, rate, sales_date, sold_at FROM sales WHERE units <> 7 ORDER BY 2"
    )
    assert cursor.fetchall() == [
        (None, -7, Decimal("-2.5000"), None, date(2026, 2, 1), None),
        ("toys", 3, Decimal("10.0000"), 0.5, date(2026, 1, 31), SUMMER),
    ]


def test_named_queries_can_be_listed_fetched_and_deleted(aws: Aws) -> None:
    athena = aws.client("athena")
    query_id = athena.create_named_query(Name="revenue", Database="db", QueryString="SELECT 1")[
        "NamedQueryId"
    ]
    assert query_id in athena.list_named_queries()["NamedQueryIds"]
    found = athena.batch_get_named_query(NamedQueryIds=[query_id, "00000000-0000-0000-0000-000000000000"])
    assert [query["Name"] for query in found["NamedQueries"]] == ["revenue"]
    assert len(found["UnprocessedNamedQueryIds"]) == 1
    athena.delete_named_query(NamedQueryId=query_id)
    assert query_id not in athena.list_named_queries()["NamedQueryIds"]


def test_athenas_catalogue_is_glues(aws: Aws) -> None:
    athena = aws.client("athena")
    databases = athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert {"db", "ecommerce_analytics_db"} <= {database["Name"] for database in databases}
    table = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="db", TableName="sales")
    assert {"Name": "amount", "Type": "decimal(38,4)"} in table["TableMetadata"]["Columns"]

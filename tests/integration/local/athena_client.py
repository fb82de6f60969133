"""Runs one query through Athena's API and waits for it."""

import time
from dataclasses import dataclass
from typing import Any, Protocol

RESULTS = "s3://lake/results/"


@dataclass(frozen=True)
class Answer:
    """A finished execution: rows as text without the header, column types with their parameters."""

    execution: dict[str, Any]
    rows: list[tuple[str | None, ...]]
    columns: list[tuple[str, str, int, int]]

    @property
    def state(self) -> str:
        return str(self.execution["Status"]["State"])

    @property
    def reason(self) -> str:
        return str(self.execution["Status"].get("StateChangeReason"))

    @property
    def scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])


class Clients(Protocol):
    """Somewhere to ask."""

    def client(self, service: str) -> Any: ...


def ask(aws: Clients, sql: str, database: str = "db", **more: Any) -> Answer:
    athena = aws.client("athena")
    more.setdefault("ResultConfiguration", {"OutputLocation": RESULTS})
    started = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, **more
    )["QueryExecutionId"]
    return finished(aws, started)


def finished(aws: Clients, execution_id: str) -> Answer:
    athena = aws.client("athena")
    deadline = time.monotonic() + 30
    while True:
        execution = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            break
        assert time.monotonic() < deadline, "the query does not end"
        time.sleep(0.01)
    if execution["Status"]["State"] != "SUCCEEDED":
        return Answer(execution, [], [])
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution_id)
    rows = []
    columns: list[tuple[str, str, int, int]] = []
    for page in pages:
        rows += [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in page["ResultSet"]["Rows"]]
        columns = [
            (column["Name"], column["Type"], column["Precision"], column["Scale"])
            for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        ]
    skip = 1 if execution["StatementType"] == "DML" else 0
    return Answer(execution, rows[skip:], columns)

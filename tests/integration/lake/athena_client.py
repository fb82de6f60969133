"""Athena for tests of the lake: one workgroup, statements that are awaited, rows as text."""

import time
from typing import Any

import boto3

from glue.athena import Athena
from tests.integration.lake.lake_harness import LakeHarness
from tests.integration.local.aws_harness import REGION


class LakeAthena:
    """Runs SQL in the database of one lake."""

    def __init__(self, lake: LakeHarness) -> None:
        self.client: Any = boto3.client("athena", region_name=REGION)
        self._settings = lake.settings
        existing = self.client.list_work_groups()["WorkGroups"]
        if lake.settings.workgroup not in {group["Name"] for group in existing}:
            self.client.create_work_group(
                Name=lake.settings.workgroup,
                Configuration={
                    "ResultConfiguration": {"OutputLocation": f"s3://{lake.settings.lake_bucket}/results/"}
                },
            )
        self.jobs = Athena(self.client, lake.settings, pause=lambda seconds: time.sleep(min(seconds, 0.1)))

    def rows(self, sql: str) -> list[tuple[str | None, ...]]:
        """All rows of a query, without the header."""
        query = self.client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self._settings.database},
            WorkGroup=self._settings.workgroup,
        )["QueryExecutionId"]
        while True:
            status = self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] in {"FAILED", "CANCELLED"}:
                raise AssertionError(status["StateChangeReason"])
            if status["State"] == "SUCCEEDED":
                break
            time.sleep(0.01)
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        found = [
            tuple(value.get("VarCharValue") for value in row["Data"])
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return found[1:]

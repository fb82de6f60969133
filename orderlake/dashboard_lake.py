"""The pipeline as the dashboard reads it: Athena for figures, Glue and CloudWatch for what no table holds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from dashboards.errors import Unanswered
from dashboards.lake import Row
from orderlake import athena, failures
from orderlake.athena import QueryResult
from orderlake.aws import Aws
from orderlake.errors import QueryRefused

RUNS_OF_A_JOB: Final = 10
LOUDEST_FIRST: Final = ("ALARM", "INSUFFICIENT_DATA", "OK")
NO_TABLES_YET: Final = (
    "the tables of this question are not there yet: run `orderlake job silver --wait`, "
    "then `orderlake job gold --wait`."
)


class AwsLake:
    """One stack. Answers take what AWS's APIs take; a problem is `Unanswered`, with what to do."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def ask(self, sql: str, parameters: Sequence[str]) -> QueryResult:
        with _unanswered():
            return athena.run(self._aws, sql, parameters)

    def job_runs(self) -> QueryResult:
        return _timed(self._job_runs, ("job", "started_at", "state", "seconds", "message"))

    def alarms(self) -> QueryResult:
        return _timed(self._alarms, ("alarm", "state", "since", "what_it_means"))

    def _job_runs(self) -> list[Row]:
        glue = self._aws.session.client("glue")
        runs = [
            run
            for name in self._aws.stack.jobs.values()
            for run in glue.get_job_runs(JobName=name, MaxResults=RUNS_OF_A_JOB)["JobRuns"]
        ]
        return [
            {
                "job": run["JobName"],
                "started_at": run["StartedOn"],
                "state": run["JobRunState"],
                "seconds": run.get("ExecutionTime", 0),
                "message": run.get("ErrorMessage"),
            }
            for run in sorted(runs, key=lambda run: run["StartedOn"], reverse=True)
        ]

    def _alarms(self) -> list[Row]:
        prefix = f"orderlake-{self._aws.environment}-"
        pages = self._aws.session.client("cloudwatch").get_paginator("describe_alarms")
        found = [
            alarm
            for page in pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
        ]
        found.sort(key=lambda alarm: (LOUDEST_FIRST.index(alarm["StateValue"]), alarm["AlarmName"]))
        return [
            {
                "alarm": alarm["AlarmName"].removeprefix(prefix),
                "state": alarm["StateValue"],
                "since": alarm["StateUpdatedTimestamp"],
                "what_it_means": alarm.get("AlarmDescription"),
            }
            for alarm in found
        ]


def _timed(ask: Callable[[], list[Row]], columns: tuple[str, ...]) -> QueryResult:
    began = time.monotonic()
    with _unanswered():
        rows = ask()
    return QueryResult(columns, tuple(rows), 0, round(1000 * (time.monotonic() - began)))


@contextmanager
def _unanswered() -> Iterator[None]:
    try:
        yield
    except QueryRefused as error:
        missing = "does not exist" in str(error) or "TABLE_NOT_FOUND" in str(error)
        raise Unanswered(NO_TABLES_YET if missing else str(error)) from error
    except (*failures.EXPECTED, BotoCoreError, ClientError) as error:
        message, _ = failures.explain(error)
        raise Unanswered(message) from error

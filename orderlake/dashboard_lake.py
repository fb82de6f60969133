"""The pipeline as the dashboard reads it: Athena for figures, Glue and CloudWatch for what no table holds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from dashboards.errors import Unanswered
from dashboards.lake import Row
from orderlake import athena, failures, operations
from orderlake.athena import QueryResult
from orderlake.aws import Aws
from orderlake.errors import QueryRefused

RUNS_OF_A_JOB: Final = 10


class AwsLake:
    """One stack. Answers take what AWS's APIs take; a problem is `Unanswered`, with what to do."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def ask(self, sql: str, parameters: Sequence[str]) -> QueryResult:
        with _unanswered():
            return athena.run(self._aws, sql, parameters)

    def job_runs(self) -> QueryResult:
        return _timed(
            lambda: operations.job_runs(self._aws, RUNS_OF_A_JOB),
            ("job", "started_at", "state", "seconds", "message"),
        )

    def alarms(self) -> QueryResult:
        return _timed(lambda: operations.alarms(self._aws), ("alarm", "state", "since", "what_it_means"))


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
        raise Unanswered(athena.NO_TABLES_YET if error.lacks_table else str(error)) from error
    except (*failures.EXPECTED, BotoCoreError, ClientError) as error:
        message, _ = failures.explain(error)
        raise Unanswered(message) from error

"""Statements that Athena carries out for a job, one after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable

from glue.errors import StatementFailed
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

_LONGEST_PAUSE_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.1
# Athena stops at what one statement may do, and says so; a commit lost against a writer wrote nothing.
_AGAIN = ("ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED", "ICEBERG_VACUUM_MORE_RUNS_NEEDED", "ICEBERG_COMMIT_ERROR")
_MOST_RUNS = 50


class Athena:
    """Runs statements in the stack's workgroup and database."""

    def __init__(
        self, client: AthenaClient, settings: Settings, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._settings = settings
        self._pause = pause

    def run(self, statement: str) -> None:
        """Carry out a statement, again where Athena asks for it; as long as that takes.

        Raises:
            StatementFailed: Athena refused it, or was not done after 50 times.
        """
        reason = ""
        for _ in range(_MOST_RUNS):
            reason = self._run(statement)
            if not any(code in reason for code in _AGAIN):
                break
        if reason:
            raise StatementFailed(statement, reason)

    def _run(self, statement: str) -> str:
        """Why the statement failed; empty where it did not."""
        query = self._client.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": self._settings.database},
            WorkGroup=self._settings.workgroup,
        )["QueryExecutionId"]
        pause = _FIRST_PAUSE_SECONDS
        while True:
            status = self._client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return ""
            if status["State"] in ("FAILED", "CANCELLED"):
                return status.get("StateChangeReason") or status["State"]
            self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

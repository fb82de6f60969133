"""One query execution: its states, its statistics, what the API shows of it."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from infra.local.athena.results import Results
from infra.local.athena.run import Cancellation
from infra.local.athena.scan import ScanLog

# Athena's category of errors that the query's author can mend; the system's own is 1.
_USER, _SYSTEM = 2, 1
_USER_ERROR_TYPE, _SYSTEM_ERROR_TYPE = 1200, 1


class QueryState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self not in {QueryState.QUEUED, QueryState.RUNNING}


@dataclass
class QueryExecution:
    """Times are aware UTC. Changed by the thread that runs it; `ended` is set last."""

    query: str
    statement_type: str
    database: str
    workgroup: str
    output_location: str | None
    submitted_at: datetime
    parameters: tuple[str, ...] = ()
    scan_limit: int | None = None
    context: dict[str, Any] = field(default_factory=dict)
    result_configuration: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))
    status: QueryState = QueryState.QUEUED
    reason: str | None = None
    is_system_error: bool = False
    started_at: datetime | None = None
    completed_at: datetime | None = None
    results: Results | None = None
    scan: ScanLog = field(default_factory=ScanLog)
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, now: datetime) -> bool:
        """QUEUED to RUNNING; False if it was stopped before."""
        with self._lock:
            if self.status is not QueryState.QUEUED:
                return False
            self.status = QueryState.RUNNING
            self.started_at = now
            return True

    def end(self, state: QueryState, now: datetime, reason: str | None = None) -> None:
        with self._lock:
            if not self.status.is_final:
                self.reason = reason
                self.completed_at = now
                self.status = state
        self.ended.set()

    def stop(self, now: datetime) -> None:
        """Stop it whatever it does; nothing if it has ended."""
        with self._lock:
            queued = self.status is QueryState.QUEUED
        self.cancellation.request()
        if queued:
            self.end(QueryState.CANCELLED, now, "Query cancelled by user")

    def statistics(self) -> dict[str, Any]:
        began, ended = self.started_at, self.completed_at
        running = _millis(began, ended)
        return {
            "EngineExecutionTimeInMillis": running,
            "DataScannedInBytes": self.scan.total_bytes,
            "TotalExecutionTimeInMillis": _millis(self.submitted_at, ended),
            "QueryQueueTimeInMillis": _millis(self.submitted_at, began),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }

    def as_api(self) -> dict[str, Any]:
        status: dict[str, Any] = {
            "State": self.status.value,
            "SubmissionDateTime": self.submitted_at.timestamp(),
        }
        if self.completed_at is not None:
            status["CompletionDateTime"] = self.completed_at.timestamp()
        if self.reason is not None:
            status["StateChangeReason"] = self.reason
        if self.status is QueryState.FAILED:
            status["AthenaError"] = {
                "ErrorCategory": _SYSTEM if self.is_system_error else _USER,
                "ErrorType": _SYSTEM_ERROR_TYPE if self.is_system_error else _USER_ERROR_TYPE,
                "Retryable": False,
                "ErrorMessage": self.reason,
            }
        configuration = dict(self.result_configuration)
        if self.output_location is not None:
            configuration["OutputLocation"] = self.output_location
        shown: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": self.statement_type,
            "ResultConfiguration": configuration,
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.context,
            "Status": status,
            "Statistics": self.statistics(),
            "WorkGroup": self.workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }
        if self.parameters:
            shown["ExecutionParameters"] = list(self.parameters)
        return shown


def _millis(start: datetime | None, end: datetime | None) -> int:
    return int((end - start).total_seconds() * 1000) if start is not None and end is not None else 0

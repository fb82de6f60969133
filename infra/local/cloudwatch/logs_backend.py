"""moto's Logs backend on the engine's clock, with embedded metrics read from what is put over the API too."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogsBackend

from infra.local.clock import Clock
from infra.local.cloudwatch.log_store import LogStore


class EngineLogsBackend(LogsBackend):
    """One account and region; `install` sets the clock and, for the runtime's own, the log store."""

    clock: Clock
    log_store: LogStore
    runtime_home: tuple[str, str]

    def put_log_events(
        self, log_group_name: str, log_stream_name: str, log_events: Sequence[dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """As moto's, with "too old" and "too new" by the engine's clock; what is accepted is read."""
        if log_group_name not in self.groups:
            raise ResourceNotFoundException
        times = [event["timestamp"] for event in log_events]
        if times != sorted(times):
            raise InvalidParameterException(
                "Log events in a single PutLogEvents request must be in chronological order."
            )
        now = self.clock.now()
        oldest = int((now - timedelta(days=14)).timestamp() * 1000)
        newest = int((now + timedelta(hours=2)).timestamp() * 1000)
        accepted = [event for event in log_events if oldest <= event["timestamp"] <= newest]
        rejected: dict[str, Any] = {}
        if too_old := sum(time < oldest for time in times):
            rejected["tooOldLogEventEndIndex"] = too_old
        if too_new := sum(time > newest for time in times):
            rejected["tooNewLogEventStartIndex"] = len(times) - too_new
        self.log_store.meter.logged(event["message"] for event in accepted)
        with self.log_store.lock:
            token = self.groups[log_group_name].put_log_events(log_stream_name, accepted)
        if (self.account_id, self.region_name) == self.runtime_home:
            self.log_store.publish_embedded_metrics(log_group_name, [event["message"] for event in accepted])
        return token, rejected

"""CloudWatch Logs for the engines: lines go to moto's Logs backend, embedded metrics to the metrics."""

import threading
from collections.abc import Iterable, Sequence

from moto.logs.models import LogGroup, logs_backends

from infra.local.clock import Clock
from infra.local.cloudwatch.embedded_metrics import InvalidEmbeddedMetricsError, read_embedded_metrics
from infra.local.cloudwatch.metric_store import MetricStore
from infra.local.metering.meter import Meter


class LogStore:
    """A `LogSink` into moto's Logs backend, in process; groups and streams are created when first written to.

    Every line in CloudWatch's embedded metric format also becomes metrics; a line that breaks the format
    stays a log line and counts as `AWS/Logs` `EMFValidationErrors` of its group, as on AWS. Safe to use from
    many threads.
    """

    def __init__(
        self,
        clock: Clock,
        metrics: MetricStore,
        *,
        account_id: str,
        region: str,
        meter: Meter | None = None,
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._account_id = account_id
        self._region = region
        self.meter = meter or Meter()
        self.lock = threading.Lock()

    def write(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append the lines, all at the clock's time."""
        if not lines:
            return
        self.meter.logged(lines)
        now = int(self._clock.now().timestamp() * 1000)
        with self.lock:
            self._stream(group, stream).put_log_events(
                stream, [{"timestamp": now, "message": line} for line in lines]
            )
        self.publish_embedded_metrics(group, lines)

    def publish_embedded_metrics(self, group: str, lines: Iterable[str]) -> None:
        """Count the metrics that the lines of a group carry."""
        for line in lines:
            try:
                found = read_embedded_metrics(line, self._clock.now())
            except InvalidEmbeddedMetricsError:
                self._metrics.put(
                    "AWS/Logs", "EMFValidationErrors", 1, unit="Count", dimensions={"LogGroupName": group}
                )
                continue
            for each in found:
                self._metrics.put_values(
                    each.metric,
                    ((value, 1.0) for value in each.values),
                    unit=each.unit,
                    at=each.at,
                    high_resolution=each.high_resolution,
                )

    def _stream(self, group: str, stream: str) -> LogGroup:
        backend = logs_backends[self._account_id][self._region]
        if group not in backend.groups:
            backend.create_log_group(group, {})
        found = backend.groups[group]
        if stream not in found.streams:
            found.create_log_stream(stream)
        return found

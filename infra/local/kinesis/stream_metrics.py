"""The metrics that Kinesis publishes for a stream, added up between two publications."""

import threading
from collections import defaultdict
from datetime import datetime
from typing import Final

from infra.local.engine import MetricSink

NAMESPACE: Final = "AWS/Kinesis"
_UNITS: Final = {
    "IncomingBytes": "Bytes",
    "IncomingRecords": "Count",
    "WriteProvisionedThroughputExceeded": "Count",
    "ReadProvisionedThroughputExceeded": "Count",
    "GetRecords.Bytes": "Bytes",
    "GetRecords.Records": "Count",
    "GetRecords.IteratorAgeMilliseconds": "Milliseconds",
}


class StreamMetrics:
    """Counts of one stream. Sums become one datapoint each; of the iterator's age the highest counts."""

    def __init__(self, stream_name: str) -> None:
        self._dimensions = {"StreamName": stream_name}
        self._lock = threading.Lock()
        self._values: defaultdict[str, float] = defaultdict(float)
        self._since: datetime | None = None

    def wrote(self, records: int, size: int, throttled: int, at: datetime) -> None:
        with self._lock:
            self._since = self._since or at
            self._values["IncomingRecords"] += records
            self._values["IncomingBytes"] += size
            self._values["WriteProvisionedThroughputExceeded"] += throttled

    def read(self, records: int, size: int, iterator_age_millis: int, at: datetime) -> None:
        with self._lock:
            self._since = self._since or at
            self._values["GetRecords.Records"] += records
            self._values["GetRecords.Bytes"] += size
            self._values["ReadProvisionedThroughputExceeded"] += 0
            name = "GetRecords.IteratorAgeMilliseconds"
            self._values[name] = max(self._values[name], iterator_age_millis)

    def read_throttled(self, at: datetime) -> None:
        with self._lock:
            self._since = self._since or at
            self._values["ReadProvisionedThroughputExceeded"] += 1

    def publish(self, sink: MetricSink) -> None:
        """Publish what was counted since the last time, dated when it began; nothing if nothing happened."""
        with self._lock:
            values, since = self._values, self._since
            self._values, self._since = defaultdict(float), None
        for name, value in values.items():
            sink.put(NAMESPACE, name, value, unit=_UNITS[name], dimensions=self._dimensions, at=since)

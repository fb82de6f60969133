"""A run's progress as lines on stderr for programs: plain JSON, or CloudWatch's embedded metric format."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final, Self, TextIO

from orderlake.sending import shard_shares
from producer.run import RunProgress

NAMESPACE: Final = "Orderlake"
LINE_SECONDS: Final = 1.0
_UNITS: Final = {
    "AcknowledgedEvents": "Count",
    "AcknowledgedBytes": "Bytes",
    "RetriedEvents": "Count",
    "ThrottledEvents": "Count",
    "SpooledEvents": "Count",
    "BusiestShardShare": "Percent",
}


class SendingLines:
    """Writes a line a second, and a last one at the end.

    `as_json` writes totals and rates; `as_metrics` writes what each second added (Amazon CloudWatch,
    "Specification: Embedded metric format").
    """

    def __init__(
        self,
        stream_name: str,
        *,
        as_json: bool,
        as_metrics: bool,
        out: TextIO | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stream_name = stream_name
        self._as_json = as_json
        self._as_metrics = as_metrics
        self._out = out or sys.stderr
        self._clock = clock
        self._latest: RunProgress | None = None
        self._written: RunProgress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._latest is not None and self._latest is not self._written:
            self._write(self._latest)

    def sent(self, progress: RunProgress) -> None:
        """Take note, and write where the last line is a second old."""
        if self._latest is not None and progress.seconds < self._latest.seconds:
            self._written = None  # another run began
        self._latest = progress
        if self._written is None or progress.seconds - self._written.seconds >= LINE_SECONDS:
            self._write(progress)

    def _write(self, progress: RunProgress) -> None:
        for document in self._documents(progress):
            self._out.write(json.dumps(document) + "\n")
        self._out.flush()
        self._written = progress

    def _documents(self, progress: RunProgress) -> Iterator[dict[str, object]]:
        before = self._written or progress._replace(
            produced=0, acknowledged=0, bytes=0, retried=0, throttled=0, seconds=0.0
        )
        seconds = progress.seconds - before.seconds
        acknowledged, size = progress.acknowledged - before.acknowledged, progress.bytes - before.bytes
        if self._as_json:
            yield {
                "seconds": round(progress.seconds, 2),
                "produced": progress.produced,
                "acknowledged": progress.acknowledged,
                "acknowledged_per_second": round(acknowledged / seconds, 1) if seconds else 0.0,
                "bytes_per_second": round(size / seconds) if seconds else 0,
                "retried": progress.retried,
                "throttled": progress.throttled,
                "spool_depth": progress.spooled,
                "shards": shard_shares(progress),
            }
        if self._as_metrics:
            values = (
                acknowledged,
                size,
                progress.retried - before.retried,
                progress.throttled - before.throttled,
                progress.spooled,
                round(100 * max(shard_shares(progress).values(), default=0.0), 2),
            )
            yield {
                "_aws": {
                    "Timestamp": int(self._clock() * 1000),
                    "CloudWatchMetrics": [
                        {
                            "Namespace": NAMESPACE,
                            "Dimensions": [["StreamName"]],
                            "Metrics": [{"Name": name, "Unit": unit} for name, unit in _UNITS.items()],
                        }
                    ],
                },
                "StreamName": self._stream_name,
                **dict(zip(_UNITS, values, strict=True)),
            }

"""The counts themselves, in the units that AWS bills, rounded as AWS rounds.

Sources: the pricing pages of Kinesis Data Streams, Data Firehose, Lambda, Glue, Athena and CloudWatch.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

GIBIBYTE: Final = Decimal(1024**3)

_PUT_UNIT_BYTES: Final = 25 * 1024
_FIREHOSE_STEP_BYTES: Final = 5 * 1024
_ATHENA_STEP_BYTES: Final = 1024**2
_ATHENA_LEAST_BYTES: Final = 10 * 1024**2
_TEBIBYTE: Final = Decimal(1024**4)
_GLUE_LEAST_SECONDS: Final = 60
_LOG_EVENT_BYTES: Final = 26


class Meter:
    """What was used since the start, by the names of `orderlake/cost/prices.yaml`; safe in many threads.

    Two names carry no price, only facts: `glue.run_dpu` (each run's DPUs, added up) and
    `glue.raw_dpu_hours` (before the one-minute minimum).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[str, Decimal] = defaultdict(Decimal)

    def add(self, name: str, quantity: int | Decimal) -> None:
        """Add to one count."""
        with self._lock:
            self._counts[name] += quantity

    def usage(self) -> Mapping[str, Decimal]:
        """All counts now."""
        with self._lock:
            return dict(self._counts)

    def wrote_stream_records(self, sizes: Iterable[int]) -> None:
        """Records on a stream: a PUT payload unit per 25 KB begun."""
        self.add("kinesis.put_units", sum(max(1, _steps(size, _PUT_UNIT_BYTES)) for size in sizes))

    def took_firehose_records(self, sizes: Iterable[int]) -> None:
        """Records into Firehose: each rounded up to 5 KB."""
        self.add("firehose.ingested_gb", _rounded_gb(sizes))

    def converted_firehose_records(self, sizes: Iterable[int]) -> None:
        """Records that Firehose converted to Parquet: each rounded up to 5 KB."""
        self.add("firehose.converted_gb", _rounded_gb(sizes))

    def invoked(self, milliseconds: float, memory_mb: int) -> None:
        """One invocation of a function; begun milliseconds count."""
        self.add("lambda.requests", 1)
        self.add("lambda.gb_seconds", Decimal(math.ceil(milliseconds) * memory_mb) / (1000 * 1024))

    def ran_job(self, seconds: float, dpu: Decimal) -> None:
        """One run of a Glue job: seconds, at least sixty."""
        self.add("glue.run_dpu", dpu)
        self.add("glue.raw_dpu_hours", dpu * Decimal(seconds) / 3600)
        self.add("glue.dpu_hours", dpu * max(_GLUE_LEAST_SECONDS, math.ceil(seconds)) / 3600)

    def scanned(self, size: int) -> None:
        """One query that read data: megabytes begun, at least ten."""
        billed = max(_ATHENA_LEAST_BYTES, _steps(size, _ATHENA_STEP_BYTES) * _ATHENA_STEP_BYTES)
        self.add("athena.scanned_tb", Decimal(billed) / _TEBIBYTE)

    def logged(self, lines: Iterable[str]) -> None:
        """Log events: their UTF-8 and 26 bytes each."""
        size = sum(len(line.encode()) + _LOG_EVENT_BYTES for line in lines)
        self.add("logs.ingested_gb", Decimal(size) / GIBIBYTE)


def _steps(size: int, step: int) -> int:
    return -(-size // step)


def _rounded_gb(sizes: Iterable[int]) -> Decimal:
    steps = sum(max(1, _steps(size, _FIREHOSE_STEP_BYTES)) for size in sizes)
    return Decimal(steps * _FIREHOSE_STEP_BYTES) / GIBIBYTE

"""How a stream is sent to, and what was sent."""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

MAX_RECORD_BYTES: Final = 1024 * 1024
MAX_KEY_CHARACTERS: Final = 256
MAX_REQUEST_RECORDS: Final = 500


class StreamSettings(BaseModel):
    """How events are sent. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_name: Annotated[str, Field(min_length=1)]
    aggregate: bool = True
    """Many events in one record, in the KPL's format; needs the right to kinesis:ListShards."""
    max_aggregate_bytes: Annotated[int, Field(ge=1, le=MAX_RECORD_BYTES)] = 51_200
    max_record_bytes: Annotated[int, Field(ge=1, le=MAX_RECORD_BYTES)] = MAX_RECORD_BYTES
    max_batch_records: Annotated[int, Field(ge=1, le=MAX_REQUEST_RECORDS)] = MAX_REQUEST_RECORDS
    max_batch_bytes: Annotated[int, Field(ge=MAX_RECORD_BYTES, le=5 * 1024 * 1024)] = 4_718_592
    max_held_bytes: Annotated[int, Field(ge=MAX_RECORD_BYTES)] = 8 * 1024 * 1024
    """Unacknowledged events in memory; beyond it `put` waits, or leaves them to the spool."""
    linger_seconds: Annotated[float, Field(ge=0)] = 0.2
    """How old a buffered event may become before the next `put` or `flush_if_due` sends it."""
    first_pause_seconds: Annotated[float, Field(gt=0)] = 0.1
    longest_pause_seconds: Annotated[float, Field(gt=0)] = 5.0
    max_attempts: Annotated[int, Field(ge=1)] = 12
    """Attempts in a row of which a shard took nothing."""
    max_stalled_seconds: Annotated[float, Field(gt=0)] = 60.0
    """Time in which a shard took nothing."""
    stop_grace_seconds: Annotated[float, Field(ge=0)] = 3.0
    """Time to go on trying once told to stop."""


class StreamStats(NamedTuple):
    """What was sent so far; `retried` and `throttled` count events, `by_shard` acknowledged bytes."""

    records: int = 0
    bytes: int = 0
    requests: int = 0
    retried: int = 0
    throttled: int = 0
    by_shard: Mapping[str, int] = {}

"""What an event source mapping is told to do, checked as AWS checks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.local.lambda_.event_filter import EventFilter, PatternError, compile_filter

_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "MaximumRetryAttempts": (-1, 10_000),
    "ParallelizationFactor": (1, 10),
}
_SHORTEST_RECORD_AGE: Final = 60
_MOST_FILTERS: Final = 5
_DESTINATIONS: Final = ("s3", "sns", "sqs")


class MappingRefusedError(ValueError):
    """A mapping that AWS, or this Lambda, does not take; the message is for the caller."""


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """How a mapping batches, retries and gives up; seconds, None for no limit.

    `on_failure` is the ARN of the bucket, queue or topic that is told of what was given up.
    """

    stream_arn: str
    role_arn: str
    region: str
    batch_size: int
    batching_window: float = 0.0
    reports_item_failures: bool = False
    parallelization_factor: int = 1
    bisects_on_error: bool = False
    maximum_retries: int | None = None
    maximum_record_age: float | None = None
    event_filter: EventFilter = field(default_factory=EventFilter)
    on_failure: str | None = None


def limit(value: Any) -> int | None:
    """AWS writes -1, or nothing, for no limit."""
    return None if value is None or int(value) < 0 else int(value)


def check(spec: Mapping[str, Any]) -> None:
    """Hold the parameters of a create or an update to AWS's rules.

    Raises:
        MappingRefusedError: one of them breaks a rule, or asks for what is not built here.
    """
    for name, (low, high) in _RANGES.items():
        value = spec.get(name)
        if value is not None and not low <= int(value) <= high:
            raise MappingRefusedError(f"{name} must be between {low} and {high}; it is {value}")
    age = spec.get("MaximumRecordAgeInSeconds")
    if age is not None and -1 < int(age) < _SHORTEST_RECORD_AGE:
        raise MappingRefusedError(
            f"MaximumRecordAgeInSeconds must be -1 or at least {_SHORTEST_RECORD_AGE}; it is {age}"
        )
    if spec.get("TumblingWindowInSeconds"):
        raise MappingRefusedError("TumblingWindowInSeconds is not built into the embedded AWS; leave it out")
    destination = on_failure_of(spec.get("DestinationConfig"))
    if destination is not None and destination.split(":")[2:3] not in ([name] for name in _DESTINATIONS):
        raise MappingRefusedError(
            f"The destination {destination} is no bucket, queue or topic; give the ARN of one"
        )
    filter_of(spec.get("FilterCriteria"))


def on_failure_of(config: Mapping[str, Any] | None) -> str | None:
    """The ARN in a `DestinationConfig`; an empty one takes the destination away."""
    return ((config or {}).get("OnFailure") or {}).get("Destination") or None


def filter_of(criteria: Mapping[str, Any] | None) -> EventFilter:
    """The filter of a `FilterCriteria`; without patterns everything passes.

    Raises:
        MappingRefusedError: too many patterns, or one that is no event pattern.
    """
    patterns = [str(one.get("Pattern", "")) for one in (criteria or {}).get("Filters") or ()]
    if len(patterns) > _MOST_FILTERS:
        raise MappingRefusedError(f"At most {_MOST_FILTERS} filters are allowed; there are {len(patterns)}")
    try:
        return compile_filter(patterns)
    except PatternError as error:
        raise MappingRefusedError(f"Invalid filter pattern definition: {error}") from error

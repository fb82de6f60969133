"""CloudWatch's embedded metric format: metrics that travel inside log lines.

Written after AWS's "Specification: Embedded metric format".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from infra.local.cloudwatch.metric_store import Metric

_MAX_DIMENSIONS = 30
_MAX_METRICS = 100
_MAX_VALUES = 100
_OLDEST, _NEWEST = timedelta(days=14), timedelta(hours=2)


class InvalidEmbeddedMetricsError(Exception):
    """The line announces embedded metrics and breaks their format; CloudWatch takes none of them."""


@dataclass(frozen=True, slots=True)
class EmbeddedMetric:
    """One metric of a line, for one of its dimension sets."""

    metric: Metric
    values: tuple[float, ...]
    unit: str
    at: datetime
    high_resolution: bool


def read_embedded_metrics(line: str, now: datetime) -> list[EmbeddedMetric]:
    """The metrics in a log line; none if it is not in the format.

    `InvalidEmbeddedMetricsError` if it claims the format and breaks it. A metric or dimension that the
    document does not carry is invalid; a time more than 14 days old or 2 hours ahead of `now` too.
    """
    if '"_aws"' not in line or not line.lstrip().startswith("{"):
        return []
    try:
        document = json.loads(line)
    except ValueError:
        return []
    match document:
        case {"_aws": {"CloudWatchMetrics": list(directives), **metadata}}:
            at = _time(metadata.get("Timestamp"), now)
            return [found for directive in directives for found in _directive(directive, document, at)]
    return []


def _time(value: object, now: datetime) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidEmbeddedMetricsError("Timestamp must be milliseconds since 1970")
    try:
        at = datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise InvalidEmbeddedMetricsError("Timestamp is out of range") from error
    if not now - _OLDEST <= at <= now + _NEWEST:
        raise InvalidEmbeddedMetricsError("Timestamp is too old or ahead")
    return at


def _directive(directive: object, document: dict[str, Any], at: datetime) -> Iterator[EmbeddedMetric]:
    match directive:
        case {"Namespace": str(namespace), "Dimensions": list(sets), "Metrics": list(metrics)} if namespace:
            if len(metrics) > _MAX_METRICS:
                raise InvalidEmbeddedMetricsError("more than 100 metrics in a directive")
            dimension_sets = [_dimensions(names, document) for names in sets]
            for definition in metrics:
                name, unit, high_resolution = _definition(definition)
                values = _values(document.get(name))
                for dimensions in dimension_sets:
                    yield EmbeddedMetric(
                        Metric.of(namespace, name, dimensions), values, unit, at, high_resolution
                    )
        case _:
            raise InvalidEmbeddedMetricsError("a directive needs Namespace, Dimensions and Metrics")


def _dimensions(names: object, document: dict[str, Any]) -> dict[str, str]:
    if not isinstance(names, list) or len(names) > _MAX_DIMENSIONS:
        raise InvalidEmbeddedMetricsError("a dimension set is a list of at most 30 names")
    found: dict[str, str] = {}
    for name in names:
        value = document.get(name) if isinstance(name, str) else None
        if not isinstance(value, str):
            raise InvalidEmbeddedMetricsError("each dimension must be a text of the document")
        found[name] = value
    return found


def _definition(definition: object) -> tuple[str, str, bool]:
    match definition:
        case {"Name": str(name), **rest} if name:
            unit, resolution = rest.get("Unit", "None"), rest.get("StorageResolution", 60)
            if isinstance(unit, str) and resolution in (1, 60):
                return name, unit, resolution == 1
    raise InvalidEmbeddedMetricsError(
        "a metric needs a Name, a Unit of text and a StorageResolution of 1 or 60"
    )


def _values(target: object) -> tuple[float, ...]:
    values = target if isinstance(target, list) else [target]
    if len(values) > _MAX_VALUES:
        raise InvalidEmbeddedMetricsError("more than 100 values in a metric")
    numbers = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise InvalidEmbeddedMetricsError("each value must be a number of the document")
        numbers.append(float(value))
    return tuple(numbers)

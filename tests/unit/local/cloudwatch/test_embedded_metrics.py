"""The embedded metric format, as AWS's specification has it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.cloudwatch.embedded_metrics import InvalidEmbeddedMetricsError, read_embedded_metrics
from infra.local.cloudwatch.metric_store import Metric

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def line(*, at: Any = None, directive: dict[str, Any] | None = None, **members: Any) -> str:
    directive = {
        "Namespace": "Orderlake",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "rejected", "Unit": "Count"}],
        **(directive or {}),
    }
    timestamp = int(NOW.timestamp() * 1000) if at is None else at
    document = {"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}, "service": "ingest"}
    return json.dumps(document | {"rejected": 3} | members)


def test_a_metric_is_read_with_its_dimensions_unit_and_time() -> None:
    (found,) = read_embedded_metrics(line(), NOW)
    assert found.metric == Metric.of("Orderlake", "rejected", {"service": "ingest"})
    assert (found.values, found.unit, found.at, found.high_resolution) == ((3.0,), "Count", NOW, False)


def test_a_list_of_values_is_one_metric_with_all_of_them() -> None:
    (found,) = read_embedded_metrics(line(rejected=[1, 2.5, 2]), NOW)
    assert found.values == (1.0, 2.5, 2.0)


def test_each_dimension_set_is_a_metric_of_its_own() -> None:
    directive = {"Dimensions": [["service"], ["service", "reason"], []]}
    found = read_embedded_metrics(line(directive=directive, reason="too_large"), NOW)
    assert [each.metric.dimensions for each in found] == [
        (("service", "ingest"),),
        (("reason", "too_large"), ("service", "ingest")),
        (),
    ]


def test_a_storage_resolution_of_one_second_is_high_resolution() -> None:
    directive = {"Metrics": [{"Name": "rejected", "StorageResolution": 1}]}
    (found,) = read_embedded_metrics(line(directive=directive), NOW)
    assert found.high_resolution
    assert found.unit == "None"


@pytest.mark.parametrize(
    "text",
    ["START RequestId: 1", '{"level": "INFO"}', '{"_aws": 1}', 'x {"_aws": {}}', '{"_aws": {"x": 1}', ""],
)
def test_a_line_in_another_format_carries_no_metrics(text: str) -> None:
    assert read_embedded_metrics(text, NOW) == []


@pytest.mark.parametrize(
    "broken",
    [
        line(rejected="3"),
        line(rejected=None),
        line(rejected=True),
        line(rejected=list(range(101))),
        line(service=7),
        line(at="now"),
        line(at=int((NOW - timedelta(days=15)).timestamp() * 1000)),
        line(at=int((NOW + timedelta(hours=3)).timestamp() * 1000)),
        line(at=10**30),
        line(directive={"Namespace": ""}),
        line(directive={"Dimensions": "service"}),
        line(directive={"Dimensions": [["absent"]]}),
        line(directive={"Dimensions": [[f"d{n}" for n in range(31)]]}),
        line(directive={"Metrics": [{"Unit": "Count"}]}),
        line(directive={"Metrics": [{"Name": "rejected", "StorageResolution": 5}]}),
        line(directive={"Metrics": [{"Name": "rejected"}] * 101}),
    ],
)
def test_a_line_that_breaks_the_format_is_invalid_as_a_whole(broken: str) -> None:
    with pytest.raises(InvalidEmbeddedMetricsError):
        read_embedded_metrics(broken, NOW)

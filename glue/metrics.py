"""Metrics of the jobs as lines of their logs, in CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any, Iterable, Mapping

NAMESPACE = "Orderlake"


def line(metrics: Mapping[str, int], dimensions: Mapping[str, str], at: datetime) -> str:
    """One log line from which CloudWatch makes counts, with one set of dimensions.

    Source: CloudWatch's embedded metric format specification.
    """
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
    }
    metadata = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, **dimensions, **metrics}, separators=(",", ":"))


def emit(metrics: Mapping[str, int], dimensions: Mapping[str, str], at: datetime) -> None:
    """Write a line of metrics to the job's log, which is stderr."""
    sys.stderr.write(f"{line(metrics, dimensions, at)}\n")


def emit_warnings(warnings: Iterable[Mapping[str, Any]], at: datetime) -> None:
    """Write one line for each check that warns: how many rows it found, by table and check."""
    for warning in warnings:
        emit(
            {"FailingRows": warning["failing_rows"]},
            {"Table": warning["table"], "Check": warning["check"]},
            at,
        )

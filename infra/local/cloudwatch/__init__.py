"""CloudWatch and CloudWatch Logs of the embedded AWS: metrics, logs, alarms that are evaluated."""

from infra.local.cloudwatch.log_store import LogStore
from infra.local.cloudwatch.metric_store import Metric, MetricStore

__all__ = ["LogStore", "Metric", "MetricStore"]

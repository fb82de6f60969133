"""CloudWatch and CloudWatch Logs of the embedded AWS: metrics, logs, alarms that are evaluated.

`metric_store` and `log_store` are what other engines write to; `embedded_metrics` reads metrics out of log
lines; `alarm_rules` are CloudWatch's rules by themselves; `metric_math` its expressions; `alarms` the states
over time; `backend`, `logs_backend` and `responses` join them to moto; `engine` has the duties of an engine.
"""

from infra.local.cloudwatch.engine import CloudWatchEngine, install
from infra.local.cloudwatch.log_store import LogStore
from infra.local.cloudwatch.metric_store import Metric, MetricStore

__all__ = ["CloudWatchEngine", "LogStore", "Metric", "MetricStore", "install"]

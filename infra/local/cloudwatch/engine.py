"""The CloudWatch engine: evaluates alarms when they are due."""

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import logs_backends

from infra.local.cloudwatch.backend import EngineCloudWatchBackend
from infra.local.cloudwatch.log_store import LogStore
from infra.local.cloudwatch.logs_backend import EngineLogsBackend
from infra.local.cloudwatch.metric_store import MetricStore
from infra.local.engine import Engine, Runtime


class CloudWatchEngine:
    """Metrics count as they arrive and logs are kept at once; only alarms wait for their time."""

    def tick(self) -> None:
        for _, _, backend in list(cloudwatch_backends.iter_backends()):
            if isinstance(backend, EngineCloudWatchBackend):
                backend.book.run_due()

    def drain(self) -> None:
        self.tick()

    def close(self) -> None:
        """There is nothing to end: everything lives in memory."""


def install(runtime: Runtime) -> Engine:
    """Put the engine behind moto's CloudWatch and Logs; a later call replaces an earlier one, with nothing
    in it.

    `runtime.metrics` must be a `MetricStore` and `runtime.logs` a `LogStore`; `TypeError` if not. Install
    before the first log line is written: log groups that exist by then are forgotten.
    """
    if not isinstance(runtime.metrics, MetricStore) or not isinstance(runtime.logs, LogStore):
        raise TypeError("build the Runtime with cloudwatch.MetricStore and cloudwatch.LogStore")
    home = (runtime.account_id, runtime.region)
    cloudwatch_backends.backend = type(
        "InstalledCloudWatchBackend",
        (EngineCloudWatchBackend,),
        {"clock": runtime.clock, "runtime_store": runtime.metrics, "runtime_home": home},
    )
    cloudwatch_backends.clear()
    logs_backends.backend = type(
        "InstalledLogsBackend",
        (EngineLogsBackend,),
        {
            # moto finds a service's URLs by the module of its backend's class.
            "__module__": "moto.logs.models",
            "clock": runtime.clock,
            "log_store": runtime.logs,
            "runtime_home": home,
        },
    )
    logs_backends.clear()
    return CloudWatchEngine()

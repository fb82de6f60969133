"""The embedded AWS as one object: moto's server, the engines, the ticker that moves them."""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from moto.core.base_backend import BackendDict

from infra.local import (
    apigateway,
    athena,
    bucket_policies,
    cloudwatch,
    firehose,
    glue,
    iam,
    kinesis,
    lambda_,
    s3_notifications,
)
from infra.local.clock import Clock, SystemClock
from infra.local.cloudwatch import LogStore, MetricStore
from infra.local.dispatch import Dispatcher, Listener, State
from infra.local.engine import Engine, Runtime
from infra.local.errors import AlreadyRunningError, EmbeddedAwsError
from infra.local.glue import orchestration_engine
from infra.local.http_server import HOST, Server
from infra.local.metering.engine import METERING_PATH, MeteringEngine
from infra.local.metering.meter import Meter
from infra.local.metering.requests import MeteredObjects, RequestCounter
from infra.local.persistence import Persistence
from infra.local.role_calls import RoleCalls
from infra.local.s3 import MotoObjectStore
from infra.local.ticker import Ticker

_log = logging.getLogger(__name__)

ACCOUNT_ID: Final = "123456789012"
_CLOSE_SECONDS: Final = 1.0
# What moto reads from the environment at any time; put back when the server stops.
_MOTO_ENVIRONMENT: Final = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(1024 * 1024),  # larger objects wait on disk, not in memory
}

_running: "EmbeddedAws | None" = None
_running_lock = threading.Lock()


class EmbeddedAws:
    """AWS on 127.0.0.1, from `start` to `stop`; also a context manager.

    One process carries one at a time, because moto's state belongs to the process; a second `start` raises
    `AlreadyRunningError`. Files go to a temporary directory and, where given, to `data_dir`: objects, the
    Glue catalogue and parameters are there again at the next start.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        data_dir: Path | None = None,
        clock: Clock | None = None,
        region: str = "us-east-1",
        account_id: str = ACCOUNT_ID,
        enforce_limits: bool = False,
        tick: bool = True,
    ) -> None:
        """`enforce_limits` applies the throughput of shards; with `tick=False` the caller calls `tick()`."""
        self._port = port
        self._data_dir = data_dir
        self._clock = clock or SystemClock()
        self._region = region
        self._account_id = account_id
        self._enforce_limits = enforce_limits
        self.metrics = MetricStore(self._clock)
        self.meter = Meter()
        self.role_calls = RoleCalls()
        self.logs = LogStore(
            self._clock, self.metrics, account_id=account_id, region=region, meter=self.meter
        )
        self.objects = MotoObjectStore(account_id)
        self.engines: dict[str, Engine] = {}
        self._ticks_itself = tick
        self._saved_environment: dict[str, str | None] = {}

    @property
    def endpoint_url(self) -> str:
        """`http://127.0.0.1:PORT`, from `start` on."""
        return f"http://{HOST}:{self._server.port}"

    def environment(self) -> dict[str, str]:
        """What a client's environment needs to reach this server, the credentials being any."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_REGION": self._region,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
        }

    def start(self) -> None:
        """Listen and be ready, or raise an `EmbeddedAwsError` and leave nothing behind."""
        global _running  # noqa: PLW0603  # moto's state is global, so is its owner
        with _running_lock:
            if _running is not None:
                raise AlreadyRunningError(_running.endpoint_url)
            self._persistence = Persistence(self._data_dir) if self._data_dir else None
            self._dispatcher = Dispatcher(self._account_id)
            try:
                self._server = Server(self._port, self._dispatcher)
            except EmbeddedAwsError:
                self._release_data()
                raise
            _running = self
        self._set_environment()
        self._work = tempfile.TemporaryDirectory(prefix="orderlake-", ignore_cleanup_errors=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="embedded-aws",
            daemon=True,
        )
        self._thread.start()
        self._ticker = Ticker(self.engines)
        try:
            BackendDict.reset()
            bucket_policies.install()
            iam.install()
            self.engines.update(self._install(self._runtime()))
            if self._persistence:
                self._persistence.install(account_id=self._account_id, region=self._region)
        except BaseException:
            self.stop(timeout=0)
            raise
        if self._ticks_itself:
            self._ticker.start()
        self._dispatcher.state = State.READY

    def _runtime(self) -> Runtime:
        return Runtime(
            clock=self._clock,
            endpoint_url=self.endpoint_url,
            account_id=self._account_id,
            region=self._region,
            work_dir=Path(self._work.name),
            objects=MeteredObjects(self.objects, self.meter),
            metrics=self.metrics,
            logs=self.logs,
            meter=self.meter,
            role_calls=self.role_calls,
        )

    def _install(self, runtime: Runtime) -> dict[str, Engine]:
        """The engines, in the order in which data flows through them: so they are drained."""
        glue_engine = glue.install(runtime)
        lambda_engine = lambda_.install(runtime)
        s3_notifications.install(lambda_engine.invoke_later)
        issuer = apigateway.Issuer(runtime.endpoint_url, runtime.clock.now)
        self._dispatcher.mounted[apigateway.ISSUER_PATH] = issuer
        self._dispatcher.mounted[apigateway.API_PATH] = apigateway.install(runtime, lambda_engine.invoke)
        return {
            "kinesis": kinesis.install(runtime, enforce_limits=self._enforce_limits),
            "lambda": lambda_engine,
            "firehose": firehose.install(runtime, invoke=lambda_engine.invoke),
            "glue": glue_engine,
            "glue-triggers": orchestration_engine.install(runtime, glue_engine),
            "athena": athena.install(runtime),
            "cloudwatch": cloudwatch.install(runtime),
            "metering": self._install_metering(runtime),
        }

    def _install_metering(self, runtime: Runtime) -> Engine:
        metering = MeteringEngine(runtime, self.metrics)
        self._dispatcher.pages[METERING_PATH] = metering.report
        self.hear(RequestCounter(self.meter))
        return metering

    def hear(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every request that is answered, until what this returns is called."""
        self._dispatcher.listeners.append(listener)
        return lambda: self._dispatcher.listeners.remove(listener)

    def tick(self) -> None:
        """Let every engine do what is due on the clock."""
        self._ticker.tick()

    def stop(self, timeout: float = 5.0) -> None:
        """Take no more records, drain the engines for at most `timeout` seconds, close everything.

        An engine that does not finish in time is named in the log; what it held is lost. Stopping again is
        harmless.
        """
        global _running  # noqa: PLW0603
        if _running is not self:
            return
        deadline = time.monotonic() + timeout
        self._dispatcher.state = State.DRAINING
        for name, engine in self.engines.items():
            self._drain(name, engine, deadline)
        self._ticker.stop()
        self._dispatcher.state = State.STOPPED
        for name, engine in self.engines.items():
            try:
                engine.close()
            except Exception:  # noqa: BLE001  # the edge of an engine: reported, the others go on
                _log.exception("The %s engine of the embedded AWS did not close", name)
        self._server.close(_CLOSE_SECONDS)
        self._thread.join()
        self._work.cleanup()
        self._restore_environment()  # first: moto would load every managed policy again, only to forget it
        BackendDict.reset()
        self._release_data()
        with _running_lock:
            _running = None

    def _release_data(self) -> None:
        if self._persistence:
            self._persistence.uninstall()
            self._persistence.close()

    @staticmethod
    def _drain(name: str, engine: Engine, deadline: float) -> None:
        def drain() -> None:
            try:
                engine.drain()
            except Exception:  # noqa: BLE001  # the edge of an engine: reported, the others go on
                _log.exception("The %s engine of the embedded AWS did not drain; what it held is lost", name)

        thread = threading.Thread(target=drain, name=f"drain-{name}", daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            _log.error("The %s engine of the embedded AWS had no time to drain; what it held is lost", name)

    def _set_environment(self) -> None:
        self._saved_environment = {name: os.environ.get(name) for name in _MOTO_ENVIRONMENT}
        for name, value in _MOTO_ENVIRONMENT.items():
            os.environ.setdefault(name, value)

    def _restore_environment(self) -> None:
        for name, value in self._saved_environment.items():
            if value is None:
                os.environ.pop(name, None)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

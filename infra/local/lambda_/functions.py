"""Runs functions: finds or starts an execution environment for each event."""

import io
import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from infra.local.engine import Runtime
from infra.local.lambda_.environment import ExecutionEnvironment
from infra.local.lambda_.errors import CodeUnusableError, RuntimeUnavailableError, ThrottledError
from infra.local.lambda_.invocation import FunctionSettings, InvocationResult
from infra.packaging import PackagingError, cached_directory, install_lambda_runtime, local_python


def provided_by_lambda() -> tuple[Path, Path]:
    """The interpreter for functions and the directory with what Lambda's runtime provides."""
    python = local_python()
    return python.interpreter, install_lambda_runtime(python.target)


class Functions:
    """All functions' execution environments; idle ones are kept for the next event.

    `provide` gives interpreter and runtime directory; it is called once, before the first start.
    """

    def __init__(
        self, runtime: Runtime, provide: Callable[[], tuple[Path, Path]] = provided_by_lambda
    ) -> None:
        self._runtime = runtime
        self._provide = provide
        self._provided: tuple[Path, Path] | None = None
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._idle: dict[str, list[ExecutionEnvironment]] = defaultdict(list)
        self._busy: dict[str, list[ExecutionEnvironment]] = defaultdict(list)
        self._running: dict[str, int] = defaultdict(int)
        self._is_closed = False

    def invoke(
        self, function: FunctionSettings, payload: bytes, reserved_concurrency: int | None = None
    ) -> InvocationResult:
        """Run `function` on `payload` and wait for the outcome.

        Raises:
            FunctionNotRunError: its zip is unusable, or `reserved_concurrency` events are under way already.
        """
        self._begin(function, reserved_concurrency)
        try:
            environment = self._take(function)
            try:
                result = environment.invoke(payload)
            finally:
                self._give_back(function, environment)
        finally:
            with self._lock:
                self._running[function.name] -= 1
        self._runtime.meter.invoked(result.duration_ms, function.memory_size)
        self._measure("Duration", function, result.duration_ms, "Milliseconds")
        self._measure("Errors", function, 0 if result.function_error is None else 1)
        return result

    def forget(self, name: str) -> None:
        """End the idle environments of a function that was deleted or changed."""
        with self._lock:
            idle = self._idle.pop(name, [])
        for environment in idle:
            environment.close()

    def close(self) -> None:
        """End all environments; invocations under way fail."""
        with self._lock:
            self._is_closed = True
            everything = [*self._idle.values(), *self._busy.values()]
            self._idle.clear()
        for environment in [environment for group in everything for environment in group]:
            environment.close()

    def _begin(self, function: FunctionSettings, reserved_concurrency: int | None) -> None:
        with self._lock:
            running = self._running[function.name]
            is_throttled = reserved_concurrency is not None and running >= reserved_concurrency
            if not is_throttled:
                self._running[function.name] += 1
        if is_throttled and reserved_concurrency is not None:
            self._measure("Throttles", function, 1)
            raise ThrottledError(function.name, reserved_concurrency)
        self._measure("Invocations", function, 1)
        self._measure("ConcurrentExecutions", function, running + 1)

    def _take(self, function: FunctionSettings) -> ExecutionEnvironment:
        with self._lock:
            idle = self._idle[function.name]
            outdated = [one for one in idle if one.function.identity != function.identity]
            self._idle[function.name] = idle = [one for one in idle if one not in outdated]
            environment = idle.pop() if idle else None
        for one in outdated:
            one.close()
        if environment is None:
            environment = self._start(function)
        with self._lock:
            self._busy[function.name].append(environment)
        return environment

    def _give_back(self, function: FunctionSettings, environment: ExecutionEnvironment) -> None:
        with self._lock:
            self._busy[function.name].remove(environment)
            is_kept = not environment.is_dead and not self._is_closed
            if is_kept:
                self._idle[function.name].append(environment)
        if not is_kept:
            environment.close()

    def _start(self, function: FunctionSettings) -> ExecutionEnvironment:
        with self._starting:
            try:
                self._provided = self._provided or self._provide()
                task_root = _unpacked(function)
            except PackagingError as error:
                raise RuntimeUnavailableError(function.name, str(error)) from error
            except zipfile.BadZipFile as error:
                raise CodeUnusableError(function.name, str(error)) from error
        interpreter, runtime_dir = self._provided
        return ExecutionEnvironment(function, self._runtime, interpreter, runtime_dir, task_root)

    def _measure(self, name: str, function: FunctionSettings, value: float, unit: str = "Count") -> None:
        self._runtime.metrics.put(
            "AWS/Lambda", name, value, unit=unit, dimensions={"FunctionName": function.name}
        )


def _unpacked(function: FunctionSettings) -> Path:
    """The directory with the function's code; kept between runs, with the bytecode that Python adds to it."""

    def unpack(directory: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(function.code)) as archive:
            archive.extractall(directory)

    return cached_directory(f"function-{function.code_sha256}", unpack)

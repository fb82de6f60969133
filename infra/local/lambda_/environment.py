"""One execution environment: a child process that runs a function's zip, one event at a time."""

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Final

from infra.local.engine import Runtime
from infra.local.lambda_.invocation import FunctionSettings, InvocationResult
from infra.local.lambda_.log_pipe import LogPipe
from infra.local.lambda_.runtime_api import Invocation, Kind, Message, RuntimeApi
from infra.local.role_calls import access_key_of

_INIT_SECONDS: Final = 10.0  # AWS's limit for the init phase; here it is added to the function's timeout
_UNHANDLED: Final = "Unhandled"


class ExecutionEnvironment:
    """A long-lived worker. It starts at once and initialises while the first event is prepared."""

    def __init__(
        self,
        function: FunctionSettings,
        runtime: Runtime,
        interpreter: Path,
        runtime_dir: Path,
        task_root: Path,
    ) -> None:
        self.function = function
        self._api = RuntimeApi()
        self._is_ready = False
        self._is_dead = False
        today = runtime.clock.now().strftime("%Y/%m/%d")
        self._log_stream = f"{today}/[{function.version}]{secrets.token_hex(16)}"
        log_arn = f"arn:aws:logs:{runtime.region}:{runtime.account_id}:log-group:{function.log_group}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            runtime.role_calls.note(function.role_arn, action, f"{log_arn}:log-stream:{self._log_stream}")
        self._started_at = time.monotonic()
        self._init_ms: float | None = None
        reading, writing = os.pipe()
        self._log = LogPipe(
            reading, lambda lines: runtime.logs.write(function.log_group, self._log_stream, lines)
        )
        self._process = subprocess.Popen(
            # -S keeps the interpreter's own site-packages out, as they are on Lambda.
            [interpreter, "-s", "-S", "-m", "awslambdaric", function.handler],
            cwd=task_root,
            env=self._variables(runtime, runtime_dir, task_root),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
        os.close(writing)
        self._watcher = threading.Thread(target=self._watch, name="lambda-log", daemon=True)
        self._watcher.start()

    @property
    def is_dead(self) -> bool:
        """True when it can take no further event."""
        return self._is_dead

    def invoke(self, payload: bytes) -> InvocationResult:
        """Run the handler on `payload` (JSON). Every failure of the function is in the result."""
        request_id = str(uuid.uuid4())
        init_failure = self._wait_until_ready(request_id)
        if init_failure is None:
            self._log.insert(f"START RequestId: {request_id} Version: {self.function.version}")
        began = time.monotonic()
        if init_failure is None:
            self._api.offer(self._invocation(request_id, payload))
            message = self._wait(began + self.function.timeout, Kind.RESPONSE, Kind.ERROR)
        else:
            message = init_failure
        duration_ms = (time.monotonic() - began) * 1000
        function_error = None if message is not None and message.kind is Kind.RESPONSE else _UNHANDLED
        body = message.body if message is not None and message.body else self._failure(message, request_id)
        if function_error is not None and (message is None or message.kind is not Kind.ERROR):
            self.close()
        self._report(request_id, duration_ms, body if self._is_dead else None)
        return InvocationResult(request_id, body, function_error, self._log.take_tail(), duration_ms)

    def close(self) -> None:
        """End the child and everything it started."""
        self._is_dead = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._api.close()
        self._watcher.join(timeout=1)

    def _watch(self) -> None:
        self._log.follow()
        self._process.wait()
        self._api.messages.put(Message(Kind.EXITED))

    def _wait_until_ready(self, request_id: str) -> Message | None:
        """None when the handler is imported, else what went wrong."""
        if self._is_ready:
            return None
        deadline = self._started_at + _INIT_SECONDS + self.function.timeout
        message = self._wait(deadline, Kind.READY, Kind.INIT_ERROR)
        if message is not None and message.kind is Kind.READY:
            self._is_ready = True
            self._init_ms = (time.monotonic() - self._started_at) * 1000
            return None
        return message or Message(Kind.INIT_ERROR, request_id, self._failure(None, request_id))

    def _wait(self, deadline: float, *kinds: Kind) -> Message | None:
        """The next message of one of `kinds`, or that the child ended; None at the deadline."""
        while True:
            try:
                message = self._api.messages.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if message.kind in kinds or message.kind is Kind.EXITED:
                return message

    def _invocation(self, request_id: str, payload: bytes) -> Invocation:
        # The deadline is the machine's time even where the engine's clock is set: the child reads its own.
        deadline_ms = int((time.time() + self.function.timeout) * 1000)
        trace = (
            f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
        )
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.function.arn,
            "Lambda-Runtime-Trace-Id": trace,
        }
        return Invocation(request_id, payload, headers)

    def _failure(self, message: Message | None, request_id: str) -> bytes:
        if message is None:
            kind = "Sandbox.Timedout"
            text = f"Task timed out after {self.function.timeout:.2f} seconds"
        else:
            status = self._process.wait()
            how = f"exit status {status}" if status >= 0 else f"signal: {signal.Signals(-status).name}"
            kind, text = "Runtime.ExitError", f"Runtime exited with error: {how}"
        return json.dumps(
            {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}
        ).encode()

    def _report(self, request_id: str, duration_ms: float, failure: bytes | None) -> None:
        if failure is not None:
            described = json.loads(failure)
            self._log.insert(f"{described.get('errorType')} {described.get('errorMessage')}")
        self._log.insert(f"END RequestId: {request_id}")
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration_ms:.2f} ms",
            f"Billed Duration: {int(duration_ms) + 1} ms",
            f"Memory Size: {self.function.memory_size} MB",
            f"Max Memory Used: {self._peak_memory_mb()} MB",
        ]
        if self._init_ms is not None:
            parts.append(f"Init Duration: {self._init_ms:.2f} ms")
            self._init_ms = None
        self._log.insert("\t".join(parts))

    def _peak_memory_mb(self) -> int:
        """As Linux tells it; 0 elsewhere and after the end."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        lines = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(next(lines, "VmHWM: 0").split()[1]) // 1024

    def _variables(self, runtime: Runtime, runtime_dir: Path, task_root: Path) -> dict[str, str]:
        function = self.function
        return {
            "AWS_ENDPOINT_URL": runtime.endpoint_url,
            **function.environment,
            "AWS_ACCESS_KEY_ID": access_key_of(function.role_arn),
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_SESSION_TOKEN": "embedded",
            "AWS_REGION": runtime.region,
            "AWS_DEFAULT_REGION": runtime.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._log_stream,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_RUNTIME_DIR": str(runtime_dir),
            "LAMBDA_TASK_ROOT": str(task_root),
            "LANG": "en_US.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": f"{task_root}{os.pathsep}{runtime_dir}",
            "PYTHONUTF8": "1",
            "TZ": ":UTC",
            "_HANDLER": function.handler,
        }

"""An `orderlake up` of one's own: a child process, ready to use, ended with its user."""

import signal
import subprocess
import sys
from types import TracebackType
from typing import Self

from infra.stack import Profile
from orderlake.errors import OrderlakeError

READY = "ready: "
END_SECONDS = 10


class PipelineProcess:
    """Starts `orderlake up` on a free port; `endpoint_url` is valid inside the `with` block.

    Jobs run when they are asked for: the schedule's own runs would get in the way.
    """

    def __init__(
        self, *, buffer_seconds: int = 1, enforce_limits: bool = False, profile: Profile = "stream"
    ) -> None:
        self._arguments = ["up", "--port", "0", "--no-schedule", "--buffer-seconds", str(buffer_seconds)]
        self._arguments += ["--profile", profile]
        if enforce_limits:
            self._arguments.append("--enforce-limits")
        self._child: subprocess.Popen[str] | None = None
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "orderlake", *self._arguments],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._child.stdout is not None  # noqa: S101 - PIPE gives one
        for line in self._child.stdout:
            if line.startswith(READY):
                self.endpoint_url = line.removeprefix(READY).strip()
                return self
        raise OrderlakeError(
            f"the embedded AWS ended (exit code {self._child.wait()}) before it was ready; it says why above"
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            # What its threads are at is printed before it is gone.
            self._child.send_signal(signal.SIGABRT)
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()

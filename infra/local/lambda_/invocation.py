"""What goes into a function and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionSettings:
    """A function as deployed. Two equal ones may share an execution environment.

    `timeout` is in seconds, `memory_size` in MB; `code_sha256` names the zip `code`.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    timeout: int
    memory_size: int
    environment: Mapping[str, str]
    code_sha256: str
    code: bytes
    role_arn: str = ""

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything but the zip's bytes, hashable."""
        variables = tuple(sorted(self.environment.items()))
        limits = (self.timeout, self.memory_size)
        code = (self.handler, self.runtime, self.code_sha256)
        return (self.arn, self.version, self.role_arn, *code, *limits, variables)


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """The outcome of one invocation.

    `function_error` is None when the handler returned; else AWS's `X-Amz-Function-Error`, and `payload`
    describes the error. `log_tail` is the end of its log, at most 4 KB.
    """

    request_id: str
    payload: bytes
    function_error: str | None
    log_tail: bytes
    duration_ms: float

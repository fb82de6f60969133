"""What can go wrong in the functions. A bad record is none of these: it is a `RejectedEvent`.

    ProcessorError
    ├── SettingsError            the environment of the function is wrong (terminal: deploy again)
    ├── UnknownEventError        the function was invoked by something that it does not serve (terminal)
    └── DeliveryRefusedError     Firehose or S3 will never take this (terminal: permissions, names)

What may succeed later raises nothing: the partial batch response names where Lambda resumes.
"""

from collections.abc import Sequence


class ProcessorError(Exception):
    """The root of everything that the functions raise."""


class SettingsError(ProcessorError):
    """The environment lacks settings or has wrong ones; `problems` lists them all."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"set these environment variables of the function: {'; '.join(self.problems)}")


class UnknownEventError(ProcessorError):
    """The invocation is not what the function serves; `expected` says what it does serve."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(f"connect this function to {expected} only; this invocation is something else")


class DeliveryRefusedError(ProcessorError):
    """The service refused for a reason that waiting does not change."""

    def __init__(self, destination: str, code: str) -> None:
        self.destination = destination
        self.code = code
        super().__init__(
            f"{destination} refused with {code}: check its name, its state and the function's permissions"
        )

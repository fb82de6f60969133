"""Why a function did not run.

FunctionNotRunError
├── FunctionMissingError      no such function
├── CodeUnusableError         its zip cannot be read
├── RuntimeUnavailableError   what Lambda's runtime provides could not be installed
└── ThrottledError            its reserved concurrency is used up
"""


class FunctionNotRunError(Exception):
    """The function was not started: nothing of the event was processed."""

    def __init__(self, function: str, message: str) -> None:
        super().__init__(message)
        self.function = function


class FunctionMissingError(FunctionNotRunError):
    def __init__(self, function: str) -> None:
        super().__init__(function, f"Function {function} does not exist. Create it, or mend its mapping.")


class CodeUnusableError(FunctionNotRunError):
    def __init__(self, function: str, reason: str) -> None:
        super().__init__(function, f"The code of function {function} is no zip ({reason}). Upload it again.")


class RuntimeUnavailableError(FunctionNotRunError):
    def __init__(self, function: str, reason: str) -> None:
        super().__init__(function, f"Function {function} cannot start: {reason}")


class ThrottledError(FunctionNotRunError):
    def __init__(self, function: str, reserved_concurrency: int) -> None:
        super().__init__(
            function, f"Rate Exceeded: {function} uses its {reserved_concurrency} reserved executions."
        )
        self.reserved_concurrency = reserved_concurrency

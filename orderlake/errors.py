"""What can go wrong at the command line.

    OrderlakeError                exit 1: the command was right, something is wrong
    ├── NothingListening
    ├── NoCredentials
    ├── StackNotFound
    ├── JobFailed
    ├── ExtraMissing
    ├── PortTaken
    └── WrongUse                  exit 2: the command must be typed differently
        ├── QueryRefused
        ├── ConditionRefused
        ├── FixUnusable
        └── UnknownJob

Every message is one line that says what to do next.
"""


class OrderlakeError(Exception):
    """A problem that a person is told about in one line."""

    exit_code = 1


class NothingListening(OrderlakeError):
    """No server answers at the endpoint."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"nothing listens at {endpoint}: start `orderlake up`, or mend --endpoint-url or AWS_ENDPOINT_URL"
        )
        self.endpoint = endpoint


class NoCredentials(OrderlakeError):
    """Neither an endpoint nor AWS credentials are at hand."""

    def __init__(self) -> None:
        super().__init__(
            "no AWS credentials and no embedded AWS: start `orderlake up` on this machine, "
            "or configure credentials for your account (`aws configure`)"
        )


class StackNotFound(OrderlakeError):
    """The names of the stack are not in SSM."""

    def __init__(self, parameter: str, where: str) -> None:
        super().__init__(
            f"no stack at {where}: SSM has no parameter {parameter}; "
            "apply infra/terraform there, start `orderlake up`, or name another --environment"
        )
        self.parameter = parameter


class JobFailed(OrderlakeError):
    """A Glue job run ended otherwise than SUCCEEDED."""

    def __init__(self, job: str, run_id: str, state: str, reason: str) -> None:
        super().__init__(f"job {job} ended {state} (run {run_id}): {reason or 'no reason given'}")
        self.job = job
        self.run_id = run_id
        self.state = state


class ExtraMissing(OrderlakeError):
    """A command needs packages that are not installed."""

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"this needs the extra {extra!r} ({package} is not installed): pip install 'orderlake[{extra}]'"
        )
        self.extra = extra
        self.package = package


class PortTaken(OrderlakeError):
    """A server cannot listen where it was told to."""

    def __init__(self, port: int, reason: OSError) -> None:
        super().__init__(f"cannot listen on port {port} ({reason.strerror}): give another --port, 0 for any")
        self.port = port


class WrongUse(OrderlakeError):
    """The command cannot work as it was typed."""

    exit_code = 2


class QueryRefused(WrongUse):
    """Athena could not run the statement."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Athena refused the query: {reason}")
        self.lacks_table = "does not exist" in reason or "TABLE_NOT_FOUND" in reason


class ConditionRefused(WrongUse):
    """A --where that is no harmless condition."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"--where {problem}")


class FixUnusable(WrongUse):
    """A --fix that is neither a jq program nor a script."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"--fix {problem}")


class UnknownJob(WrongUse):
    """The stack has no job of that name."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no job {name!r}: the jobs are {', '.join(sorted(known))}")

"""What can go wrong in the functions. A bad record is none of these: it is a `RejectedEvent`.

    ProcessorError
    ├── SettingsError            the environment of the function is wrong (terminal: deploy again)
    ├── UnknownEventError        the function was invoked by something that it does not serve (terminal)
    ├── DeliveryRefusedError     a service will never take this (terminal: permissions, names)
    ├── CallFailedError          one call failed; `is_transient` says whether another may succeed
    ├── PseudonymKeyUnavailableError   no key for personal data yet (retryable)
    ├── NotDeliveredError        the batch as a whole is to be tried again (retryable)
    ├── LandedObjectGoneError    a landed file was dealt with already (nothing is left to do)
    └── NoProgressError          an invocation's time does not suffice for a file (terminal: give it more)

What may succeed later leaves no invocation of order_ingest: the partial batch response names where Lambda
resumes. Firehose knows no such response: order_transform fails with `NotDeliveredError`.
"""

from collections.abc import Sequence
from typing import Final

_THROTTLING_CODES: Final = frozenset(
    {
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailableException",  # Firehose's word for it
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_TRANSIENT_CODES: Final = _THROTTLING_CODES | {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
}


def is_throttling(code: str) -> bool:
    """Whether a service says that it was asked for too much."""
    return code in _THROTTLING_CODES


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


class CallFailedError(ProcessorError):
    """A call to AWS failed: `code` is the service's or the name of the network's error, `status` HTTP's."""

    def __init__(self, code: str, status: int | None) -> None:
        self.code = code
        self.status = status
        super().__init__(f"the call failed with {code} ({status or 'no answer'})")

    @property
    def is_transient(self) -> bool:
        return self.status is None or self.status >= 500 or self.code in _TRANSIENT_CODES

    def raise_unless_transient(self, destination: str) -> None:
        """
        Raises:
            DeliveryRefusedError: waiting changes nothing.
        """
        if not self.is_transient:
            raise DeliveryRefusedError(destination, self.code) from self


class PseudonymKeyUnavailableError(ProcessorError):
    """SSM did not give the key for personal data, and may later."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            f"the pseudonymisation key could not be read ({code}); the records are delivered again"
        )


class NotDeliveredError(ProcessorError):
    """Not everything that was rejected is in quarantine, or no key for personal data could be had.

    `codes` are those of the failed calls.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(
            f"not all of the batch could be dealt with ({', '.join(codes)}): Firehose tries it again"
        )


class LandedObjectGoneError(ProcessorError):
    """There is no such version of the object any more; `producer_id` is the run that would send it."""

    def __init__(self, producer_id: str) -> None:
        self.producer_id = producer_id
        super().__init__(f"the file of {producer_id} is not there any more: it was moved, or deleted")


class NoProgressError(ProcessorError):
    """A whole invocation passed and sent nothing that was not sent before."""

    def __init__(self, producer_id: str) -> None:
        self.producer_id = producer_id
        super().__init__(
            f"{producer_id}: an invocation's time did not suffice to reach what is not sent yet; give the "
            "function more memory, which is more processor, or cut the file"
        )

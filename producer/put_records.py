"""One PutRecords request and what its answer means: taken, to be sent again, or refused for good."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from producer.errors import (
    CredentialsRefused,
    StreamError,
    StreamMissing,
    StreamRefused,
    StreamThrottled,
    StreamUnavailable,
)

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

    from producer.direct import DirectPut

_THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "KMSThrottlingException",
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)
_FAILED_FOR_NOW: Final = frozenset(
    {"InternalFailure", "InternalServerError", "InternalError", "ServiceUnavailable", "RequestTimeout"}
)
_NOT_ALLOWED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NO_CREDENTIALS: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    NoAuthTokenError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)


class Sendable(Protocol):
    """What a request is made of."""

    @property
    def partition_key(self) -> str: ...
    @property
    def explicit_hash_key(self) -> str | None: ...
    @property
    def data(self) -> bytes: ...


class Refusal(NamedTuple):
    """The service said no in a way that trying again does not change."""

    code: str
    detail: str

    def __call__(self, stream: str, unacknowledged: Sequence[int]) -> StreamError:
        if self.code == "ResourceNotFoundException":
            return StreamMissing(stream=stream, unacknowledged=unacknowledged)
        if self.code in _NOT_ALLOWED or self.code == "NoCredentials":
            return CredentialsRefused(stream=stream, unacknowledged=unacknowledged, code=self.code)
        return StreamRefused(stream=stream, unacknowledged=unacknowledged, code=self.code, detail=self.detail)


class Outcome(NamedTuple):
    """`failed` are the places of the entries that were not taken, `cause` the last error's code.

    `shard_ids` says by place which shard took an entry, where the service says so.
    """

    failed: Sequence[int] = ()
    throttled: Sequence[int] = ()
    cause: str = ""
    refused: Refusal | None = None
    shard_ids: Sequence[str | None] = ()

    def gave_up(
        self, stream: str, unacknowledged: Sequence[int], attempts: int, seconds: float
    ) -> StreamError:
        """The error for a retry budget that was spent on outcomes like this one."""
        if self.throttled:
            return StreamThrottled(
                stream=stream, unacknowledged=unacknowledged, attempts=attempts, seconds=seconds
            )
        return StreamUnavailable(
            stream=stream,
            unacknowledged=unacknowledged,
            attempts=attempts,
            seconds=seconds,
            cause=self.cause,
        )


def put_records(
    client: "KinesisClient | DirectPut", stream_name: str, records: Sequence[Sendable]
) -> Outcome:
    """Send once, without retries; taken is what the answer gives a sequence number.

    A request that got no answer counts as not taken, though the service may have taken it: sending
    it again can only make a duplicate.
    """
    try:
        answer = client.put_records(
            StreamName=stream_name,
            Records=[_entry(record) for record in records],
        )
    except ClientError as error:
        return _whole_request_failed(error, len(records))
    except _NO_CREDENTIALS as error:
        return Outcome(range(len(records)), refused=Refusal("NoCredentials", str(error)))
    except (BotoConnectionError, HTTPClientError) as error:
        return Outcome(range(len(records)), cause=type(error).__name__)
    except BotoCoreError as error:
        return Outcome(range(len(records)), refused=Refusal(type(error).__name__, str(error)))
    entries = answer.get("Records", ())
    if len(entries) != len(records):
        return Outcome(range(len(records)), cause="IncompleteAnswer")
    codes = {
        place: entry.get("ErrorCode", "NoSequenceNumber")
        for place, entry in enumerate(entries)
        if not entry.get("SequenceNumber")
    }
    throttled = tuple(place for place, code in codes.items() if code in _THROTTLED)
    shard_ids = [entry.get("ShardId") for entry in entries]
    return Outcome(tuple(codes), throttled, next(reversed(codes.values()), ""), shard_ids=shard_ids)


def _entry(record: Sendable) -> "PutRecordsRequestEntryTypeDef":
    if record.explicit_hash_key is None:
        return {"Data": record.data, "PartitionKey": record.partition_key}
    return {
        "Data": record.data,
        "PartitionKey": record.partition_key,
        "ExplicitHashKey": record.explicit_hash_key,
    }


def _whole_request_failed(error: ClientError, count: int) -> Outcome:
    code = error.response.get("Error", {}).get("Code", "Unknown")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    everything = range(count)
    if code in _THROTTLED:
        return Outcome(everything, everything, code)
    if code in _FAILED_FOR_NOW or status >= 500:
        return Outcome(everything, (), code)
    return Outcome(everything, (), code, Refusal(code, error.response.get("Error", {}).get("Message", "")))

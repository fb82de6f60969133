"""Turns every stage's errors into one line for a person and an exit code."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from infra.local.errors import EmbeddedAwsError
from orderlake.errors import NoCredentials, NothingListening, OrderlakeError
from producer.errors import OrderFileError, ProducerError

EXPECTED = (OrderlakeError, ProducerError, EmbeddedAwsError)


def explain(error: Exception) -> tuple[str, int]:
    """One line that says what to do, and the exit code."""
    if isinstance(error, EndpointConnectionError | ConnectionClosedError | ConnectTimeoutError):
        error = NothingListening(str(error.kwargs.get("endpoint_url", "the endpoint")))
    elif isinstance(error, NoCredentialsError):
        error = NoCredentials()
    if isinstance(error, ClientError):
        return _explain_client_error(error), 1
    if isinstance(error, BotoCoreError):
        return f"AWS could not be asked: {error}", 1
    return " ".join(str(error).split()), _exit_code(error)


def _exit_code(error: Exception) -> int:
    """2 where the command must be typed differently, else 1."""
    if isinstance(error, OrderlakeError):
        return error.exit_code
    return 2 if isinstance(error, OrderFileError) else 1


def _explain_client_error(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message = details.get("Code", "Unknown"), details.get("Message", "")
    if code in {
        "ExpiredToken",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
    }:
        return f"AWS does not know these credentials ({code}): sign in again"
    if code in {"AccessDenied", "AccessDeniedException"}:
        return f"not allowed to {error.operation_name}: {message}"
    return f"AWS refused {error.operation_name}: {code}: {message}"

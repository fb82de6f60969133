"""Which AWS a command talks to: the embedded one or a real account."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError
from pydantic import ValidationError

from infra.stack import PARAMETER, Stack
from orderlake import running
from orderlake.errors import NoCredentials, OrderlakeError, StackNotFound, WrongUse

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Aws:
    """One endpoint or account, in one region, and the stack of one environment there."""

    session: boto3.Session
    endpoint_url: str | None
    environment: str

    @property
    def region(self) -> str:
        return self.session.region_name

    def describe(self) -> str:
        """Where this is, for people."""
        if self.endpoint_url:
            return f"{self.endpoint_url} ({self.region})"
        account = self.session.client("sts").get_caller_identity()["Account"]
        return f"AWS account {account} ({self.region})"

    @cached_property
    def stack(self) -> Stack:
        """The names of the deployed resources.

        Raises:
            StackNotFound: nothing of this environment is deployed here.
        """
        name = PARAMETER.format(environment=self.environment)
        try:
            value = self.session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                raise StackNotFound(name, self.describe()) from error
            raise
        try:
            return Stack.model_validate(json.loads(value))
        except ValidationError as error:
            missing = ", ".join(str(problem["loc"][0]) for problem in error.errors())
            raise OrderlakeError(
                f"SSM parameter {name} lacks {missing}, which this version needs: apply infra/terraform again"
            ) from error


def connect(endpoint_url: str | None, region: str | None, environment: str) -> Aws:
    """Go to the endpoint given, else AWS_ENDPOINT_URL, else an account, else the running `orderlake up`.

    The choice is put into this process's environment, because every AWS library reads it there.

    Raises:
        NoCredentials: none of these is at hand.
        WrongUse: the endpoint is no URL.
    """
    endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None
    if endpoint_url is None and not has_credentials():
        endpoint_url = running.endpoint_url()
        if endpoint_url is None and boto3.Session().get_credentials() is None:
            raise NoCredentials
    if endpoint_url is not None:
        if urlsplit(endpoint_url).scheme not in {"http", "https"}:
            raise WrongUse(f"{endpoint_url!r} is no endpoint: write it like http://127.0.0.1:4566")
        os.environ["AWS_ENDPOINT_URL"] = endpoint_url
        if _is_loopback(endpoint_url):
            use_local_credentials()
    session = boto3.Session(region_name=region or boto3.Session().region_name or DEFAULT_REGION)
    return Aws(session=session, endpoint_url=endpoint_url, environment=environment)


def use_local_credentials() -> None:
    """Sign with made-up keys where a person has none: the embedded AWS takes any."""
    if not has_credentials():
        os.environ["AWS_ACCESS_KEY_ID"] = "embedded"
        os.environ["AWS_SECRET_ACCESS_KEY"] = "embedded"  # noqa: S105 - not a secret, any value does


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def has_credentials() -> bool:
    """True where environment, profile or container give credentials; asks no metadata server."""
    before = os.environ.get("AWS_EC2_METADATA_DISABLED")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    try:
        return boto3.Session().get_credentials() is not None
    finally:
        if before is None:
            del os.environ["AWS_EC2_METADATA_DISABLED"]
        else:
            os.environ["AWS_EC2_METADATA_DISABLED"] = before

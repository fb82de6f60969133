"""Where the conformance tests of Kinesis go: the embedded AWS, or a real account that the developer names."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from infra.local.server import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

_opened: list[Any] = []

REAL = os.environ.get("ORDERLAKE_CONFORMANCE_ENDPOINT") == "aws"


@contextmanager
def kinesis_client(*, enforce_limits: bool = False) -> Iterator["KinesisClient"]:
    """boto3 without retries, so that a refusal is seen; `ORDERLAKE_CONFORMANCE_ENDPOINT=aws` means AWS."""
    config = Config(retries={"total_max_attempts": 1})
    if REAL:
        yield boto3.client("kinesis", config=config)
        return
    with EmbeddedAws(enforce_limits=enforce_limits) as aws:
        yield client_of(aws, "kinesis", config)
        close_clients()


def close_clients() -> None:
    """Close the connections of every client that `client_of` has made."""
    while _opened:
        _opened.pop().close()


def client_of(aws: EmbeddedAws, service: str, config: Config | None = None) -> Any:
    environment = aws.environment()
    client = boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=config or Config(retries={"total_max_attempts": 1}),
    )
    _opened.append(client)
    return client


@contextmanager
def stream(client: "KinesisClient", shards: int = 1) -> Iterator[str]:
    """A stream of its own, ready, and deleted afterwards."""
    name = f"orderlake-conformance-{uuid.uuid4().hex[:12]}"
    client.create_stream(StreamName=name, ShardCount=shards)
    try:
        client.get_waiter("stream_exists").wait(StreamName=name)
        yield name
    finally:
        client.delete_stream(StreamName=name)

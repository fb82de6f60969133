"""The Kinesis client for `OrderStream`, made at the edge."""

from typing import TYPE_CHECKING, Final

from botocore.config import Config

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_kinesis import KinesisClient

# One attempt: OrderStream retries, and only what failed. Timeouts let a stop end within its grace.
SEND_CONFIG: Final = Config(
    retries={"total_max_attempts": 1, "mode": "standard"},
    connect_timeout=3,
    read_timeout=10,
    tcp_keepalive=True,
    parameter_validation=False,
)


def connect(
    session: "Session", *, endpoint_url: str | None = None, region_name: str | None = None
) -> "KinesisClient":
    """A Kinesis client that leaves retrying to `OrderStream`; None means what the session says."""
    return session.client("kinesis", endpoint_url=endpoint_url, region_name=region_name, config=SEND_CONFIG)

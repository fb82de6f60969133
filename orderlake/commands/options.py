"""Options that many commands share."""

import functools
from collections.abc import Callable
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

import click

from orderlake.aws import Aws, connect
from orderlake.notes import note

P = ParamSpec("P")
R = TypeVar("R")


class Where(NamedTuple):
    """The options that say which AWS is meant."""

    endpoint_url: str | None
    region: str | None
    environment: str

    def connect(self) -> Aws:
        """Connect, and say on stderr where to."""
        aws = connect(self.endpoint_url or None, self.region or None, self.environment)
        note(f"→ {aws.describe()}")
        return aws


def may_talk_to_aws(command: Callable[Concatenate[Where, P], R]) -> Callable[P, R]:
    """Give the command a `Where` made from its options; nothing is connected yet."""

    @click.option(
        "--endpoint-url",
        metavar="URL",
        help="The AWS endpoint [default: AWS_ENDPOINT_URL, else your account, else `orderlake up`].",
    )
    @click.option(
        "--region", metavar="REGION", help="The AWS region [default: as configured, else us-east-1]."
    )
    @click.option("--environment", default="dev", show_default=True, help="Which deployed environment.")
    @functools.wraps(command)
    def with_where(*args: P.args, **kwargs: P.kwargs) -> R:
        endpoint_url, region, environment = (
            kwargs.pop(name) for name in ("endpoint_url", "region", "environment")
        )
        where = Where(
            str(endpoint_url) if endpoint_url else None, str(region) if region else None, str(environment)
        )
        return command(where, *args, **kwargs)

    return with_where


def talks_to_aws(command: Callable[Concatenate[Aws, P], R]) -> Callable[P, R]:
    """Give the command an `Aws` made from its options, and say on stderr where it goes."""

    @functools.wraps(command)
    def with_aws(where: Where, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return command(where.connect(), *args, **kwargs)

    return may_talk_to_aws(with_aws)


def output_format(command: Callable[P, R]) -> Callable[P, R]:
    """Add --format table|json|csv."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How results are printed on stdout.",
    )(command)

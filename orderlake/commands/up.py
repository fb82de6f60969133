"""`orderlake up`: the embedded AWS with the whole pipeline, until Ctrl-C."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from infra.local import resources
from infra.local.server import EmbeddedAws
from orderlake import running
from orderlake.aws import DEFAULT_REGION

STOP_SECONDS = 4.0
EPILOG = """\b
Examples:
  orderlake up
  orderlake up --port 4566 --data-dir ./lake
  orderlake up --port 0 --buffer-seconds 1      any free port, fresh data within a second or two
"""


@click.command(epilog=EPILOG)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 takes any free port."
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep objects and tables here across restarts.",
)
@click.option(
    "--buffer-seconds",
    type=click.IntRange(0, 900),
    default=5,
    show_default=True,
    help="Firehose's buffering interval.",
)
@click.option(
    "--shards", type=click.IntRange(1, 32), default=2, show_default=True, help="Shards of the order stream."
)
@click.option(
    "--region", default=DEFAULT_REGION, show_default=True, help="The region that the resources are in."
)
def up(port: int, data_dir: Path | None, buffer_seconds: int, shards: int, region: str) -> None:
    """Run the embedded AWS on this machine's loopback, with the whole pipeline, until Ctrl-C."""
    stop = threading.Event()
    _stop_on_signal(stop)
    console = Console(stderr=True)
    aws = EmbeddedAws(port=port, data_dir=data_dir, region=region)
    with console.status("starting the embedded AWS"):
        aws.start()
    try:
        with console.status(
            "building what is deployed (the first time takes a minute) and creating the resources"
        ):
            settings = resources.ResourceSettings(
                region=region, buffer_seconds=buffer_seconds, shard_count=shards
            )
            resources.create(aws.endpoint_url, settings)
        running.remember(aws.endpoint_url)
        _announce(aws.endpoint_url, region)
        stop.wait()
        console.print("stopping: what was accepted is being delivered", highlight=False)
    finally:
        running.forget()
        aws.stop(STOP_SECONDS)


def _announce(endpoint_url: str, region: str) -> None:
    """Say how to reach it; `ready:` is the line that scripts wait for."""
    click.echo(f"ready: {endpoint_url}")
    click.echo(f"export AWS_ENDPOINT_URL={endpoint_url}")
    click.echo(f"export AWS_DEFAULT_REGION={region}")
    click.echo("export AWS_ACCESS_KEY_ID=embedded")
    click.echo("export AWS_SECRET_ACCESS_KEY=embedded")


def _stop_on_signal(stop: threading.Event) -> None:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)

"""`orderlake up`: the embedded AWS with the whole pipeline, until Ctrl-C."""

from pathlib import Path

import click

from infra.local.playback import PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from infra.packaging import DEPLOYED, local_python
from infra.stack import Profile, Stack
from orderlake import running
from orderlake.aws import DEFAULT_REGION
from orderlake.notes import console, note
from orderlake.signals import stop_on_signal

STOP_SECONDS = 4.0
EPILOG = """\b
Examples:
  orderlake up
  orderlake up --port 4566 --data-dir ./lake
  orderlake up --port 0 --buffer-seconds 1      any free port, fresh data within a second or two
  orderlake up --profile direct                 without a stream: producers put into Firehose
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
    "--profile",
    type=click.Choice(["stream", "direct"]),
    default="stream",
    show_default=True,
    help="Through a Kinesis stream, or straight into Firehose.",
)
@click.option(
    "--region", default=DEFAULT_REGION, show_default=True, help="The region that the resources are in."
)
@click.option(
    "--schedule/--no-schedule",
    default=True,
    show_default=True,
    help="Run the jobs by the clock, as on AWS, or only when asked.",
)
@click.option(
    "--enforce-limits",
    is_flag=True,
    help="Throttle each shard at 1 MiB and 1,000 records a second, as AWS does.",
)
def up(
    port: int,
    data_dir: Path | None,
    buffer_seconds: int,
    shards: int,
    profile: Profile,
    region: str,
    schedule: bool,
    enforce_limits: bool,
) -> None:
    """Run the embedded AWS on this machine's loopback, with the whole pipeline, until Ctrl-C."""
    stop = stop_on_signal()
    told = console()
    python = local_python()
    if python.target != DEPLOYED:
        note(f"no Python {DEPLOYED.python} here: the function is built and run for {python.target}")
    aws = EmbeddedAws(port=port, data_dir=data_dir, region=region, enforce_limits=enforce_limits)
    with told.status("starting the embedded AWS"):
        aws.start()
    try:
        with told.status("building what is deployed (at first a minute) and creating resources"):
            stack = play(
                aws.endpoint_url,
                deployables(python.target),
                PlaybackSettings(
                    profile=profile,
                    shards=shards,
                    buffer_seconds=buffer_seconds,
                    # It saves invocations, which cost nothing here.
                    batch_window_seconds=0,
                    schedule_enabled=schedule,
                ),
                region=region,
            )
        running.remember(aws.endpoint_url)
        _announce(aws.endpoint_url, region, stack)
        stop.wait()
        note("stopping: what was accepted is being delivered")
    finally:
        running.forget()
        aws.stop(STOP_SECONDS)


def _announce(endpoint_url: str, region: str, stack: Stack) -> None:
    """Say how to reach it; `ready:` is the line that scripts wait for."""
    click.echo(f"ready: {endpoint_url}")
    click.echo(f"export AWS_ENDPOINT_URL={endpoint_url}")
    click.echo(f"export AWS_DEFAULT_REGION={region}")
    click.echo("export AWS_ACCESS_KEY_ID=embedded")
    click.echo("export AWS_SECRET_ACCESS_KEY=embedded")
    click.echo(f"export ORDERLAKE_HTTP_API={stack.http_api_url}")

"""`orderlake dashboard`: the live pages."""

import socket
import threading
import webbrowser
from zoneinfo import ZoneInfo

import click

from orderlake.aws import Aws
from orderlake.commands.options import talks_to_aws
from orderlake.dashboard_lake import AwsLake
from orderlake.errors import ExtraMissing, PortTaken
from orderlake.signals import stop_on_signal

THREADS = 8
EPILOG = """\b
Examples:
  orderlake dashboard                       on http://127.0.0.1:8501, until Ctrl-C
  orderlake dashboard --port 0 --open       on any free port, opened in the browser
  orderlake dashboard --refresh 60 --keep 600      fewer queries, for an account that pays for them
"""


@click.command(epilog=EPILOG)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8501, show_default=True, help="0 takes any free port."
)
@click.option(
    "--refresh",
    "refresh_seconds",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="How often a page that is looked at asks again.",
)
@click.option(
    "--keep",
    "keep_seconds",
    type=click.IntRange(0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long an answer about what jobs make is kept; live ones for 2 seconds.",
)
@click.option("--open", "opens", is_flag=True, help="Open the pages in the browser.")
@talks_to_aws
def dashboard(aws: Aws, port: int, refresh_seconds: int, keep_seconds: int, opens: bool) -> None:
    """Show sales, customers, inventory and operations as live pages, on loopback, until Ctrl-C."""
    try:
        from waitress.server import create_server  # noqa: PLC0415 - an extra

        from dashboards.web import Settings, create_app  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ExtraMissing("dashboard", str(error.name)) from error
    with _listening(port) as listener:
        zone = ZoneInfo(aws.stack.shop_timezone)
        app = create_app(AwsLake(aws), aws.describe(), zone, Settings(refresh_seconds, keep_seconds))
        server = create_server(app, sockets=[listener], threads=THREADS)
        stop = stop_on_signal()
        threading.Thread(target=server.run, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        click.echo(f"ready: {url}")
        if opens:
            webbrowser.open(url)
        stop.wait()
        server.close()


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise PortTaken(port, error) from error

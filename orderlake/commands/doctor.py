"""`orderlake doctor`: what this machine has, what it lacks, and how to get it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from infra.packaging import find_interpreter
from orderlake import running
from orderlake.aws import has_credentials
from orderlake.commands.options import output_format
from orderlake.rendering import Format, render

COLUMNS = ("check", "state", "found", "needed_for", "how_to_get_it")
EPILOG = """\b
Examples:
  orderlake doctor
  orderlake doctor --format json
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for; `required` things make the command fail when they are absent."""

    check: str
    found: str | None
    needed_for: str
    how_to_get_it: str
    required: bool = False

    def row(self) -> dict[str, object]:
        state = "ok" if self.found else ("missing" if self.required else "optional")
        return {
            "check": self.check,
            "state": state,
            "found": self.found or "",
            "needed_for": self.needed_for,
            "how_to_get_it": "" if self.found else self.how_to_get_it,
        }


@click.command(epilog=EPILOG)
@output_format
def doctor(format_: Format) -> None:
    """Look at this machine and say what is missing and how to get it."""
    findings = list(examine())
    render([finding.row() for finding in findings], COLUMNS, format_)
    if any(finding.required and not finding.found for finding in findings):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """Everything that some part of orderlake needs."""
    here = sys.version_info
    yield Finding(
        "Python 3.11+",
        f"{here.major}.{here.minor}.{here.micro}",
        "everything",
        "install Python 3.11 or later",
        required=True,
    )
    yield Finding("time zones", _time_zones(), "the shop's local dates", "pip install tzdata", required=True)
    yield Finding(
        "disk, 2 GB free", _disk(), "the embedded AWS", "make room in the temporary folder", required=True
    )
    interpreter = find_interpreter("3.13")
    yield Finding(
        "Python 3.13",
        str(interpreter) if interpreter else None,
        "running the very Lambda zip that is deployed",
        "install Python 3.13; without it the same recipe is built for this Python",
    )
    yield Finding(
        "terraform", _version("terraform", "version"), "deploying to AWS", "install Terraform 1.11 or later"
    )
    yield Finding(
        "aws", _version("aws", "--version"), "looking around with AWS's own tool", "pip install awscli"
    )
    yield Finding(
        "java", _version("java", "-version"), "the Spark engine's tests", "install a Java 17 runtime"
    )
    yield Finding(
        "chromium",
        shutil.which("chromium") or shutil.which("chromium-browser"),
        "browser tests",
        "apt-get install chromium",
    )
    yield Finding(
        "AWS account",
        "credentials found" if has_credentials() else None,
        "running on AWS",
        "aws configure",
    )
    yield Finding(
        "embedded AWS",
        os.environ.get("AWS_ENDPOINT_URL") or running.endpoint_url(),
        "running here",
        "orderlake up",
    )


def _time_zones() -> str | None:
    try:
        return str(ZoneInfo("Europe/London"))
    except ZoneInfoNotFoundError:
        return None


def _disk() -> str | None:
    free = shutil.disk_usage(os.environ.get("TMPDIR", "/tmp")).free  # noqa: S108 - only looked at
    return f"{free / 2**30:.0f} GiB" if free >= 2 * 2**30 else None


def _version(program: str, argument: str) -> str | None:
    if shutil.which(program) is None:
        return None
    try:
        done = subprocess.run([program, argument], capture_output=True, text=True, timeout=20, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    lines = (done.stdout or done.stderr).splitlines()
    return lines[0].strip() if lines else None

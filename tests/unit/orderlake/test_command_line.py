"""What a person types, and what the exit code and the one line on stderr say."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from orderlake.cli import COMMANDS, cli

NOBODY = "http://127.0.0.1:9"


def orderlake(*arguments: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orderlake", *arguments],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(state),
            "XDG_STATE_HOME": str(state),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_examples(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert "Examples:" in (command.epilog or "")


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert orderlake("frobnicate", state=tmp_path).returncode == 2


def test_without_endpoint_and_credentials_it_says_what_to_start(tmp_path: Path) -> None:
    done = orderlake("query", "SELECT 1", state=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("orderlake: no AWS credentials")
    assert done.stderr.count("\n") == 1


def test_when_nothing_listens_it_names_the_endpoint(tmp_path: Path) -> None:
    done = orderlake("query", "SELECT 1", "--endpoint-url", NOBODY, state=tmp_path)

    assert done.returncode == 1
    assert NOBODY in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_query_needs_exactly_one_source(tmp_path: Path) -> None:
    done = orderlake("query", "SELECT 1", "--name", "x", "--endpoint-url", NOBODY, state=tmp_path)

    assert done.returncode == 2


def test_an_endpoint_that_is_no_url_is_wrong_use(tmp_path: Path) -> None:
    done = orderlake("query", "SELECT 1", "--endpoint-url", "localhost", state=tmp_path)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr

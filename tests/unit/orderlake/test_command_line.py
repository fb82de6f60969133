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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str, tmp_path: Path) -> None:
    done = orderlake("completion", shell, state=tmp_path)

    assert "_ORDERLAKE_COMPLETE" in done.stdout


def test_names_of_questions_are_completed(tmp_path: Path) -> None:
    done = orderlake(
        state=tmp_path,
        _ORDERLAKE_COMPLETE="bash_complete",
        COMP_WORDS="orderlake query --name revenue_by_c",
        COMP_CWORD="3",
    )

    assert "revenue_by_category" in done.stdout


def test_quiet_leaves_problems_and_nothing_else(tmp_path: Path) -> None:
    done = orderlake("--quiet", "query", "SELECT 1", "--endpoint-url", NOBODY, state=tmp_path)

    assert done.stderr.startswith("orderlake: nothing listens")
    assert done.stderr.count("\n") == 1


def test_no_colour_is_written_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = orderlake("doctor", state=tmp_path)

    assert "\x1b" not in done.stdout + done.stderr

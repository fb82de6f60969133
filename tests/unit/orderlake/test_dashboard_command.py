"""What `orderlake dashboard` says when it cannot start."""

import socket
import sys

import pytest

from orderlake.cli import main

NOBODY = "http://127.0.0.1:9"


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["dashboard", "--endpoint-url", NOBODY, *arguments])
    assert ended.value.code == 1
    return capsys.readouterr().err.splitlines()[-1]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")


def test_a_missing_extra_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "waitress.server", None)

    assert "pip install 'orderlake[dashboard]'" in complaint(capsys)


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = complaint(capsys, "--port", str(port))

    assert said.startswith(f"orderlake: cannot listen on port {port}")


def test_an_endpoint_that_is_down_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert f"nothing listens at {NOBODY}" in complaint(capsys, "--port", "0")

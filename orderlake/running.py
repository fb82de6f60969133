"""Remembers the `orderlake up` of this user, so that later commands find it."""

import json
import os
from pathlib import Path

from platformdirs import user_state_path


def _file() -> Path:
    return user_state_path("orderlake") / "up.json"


def remember(endpoint_url: str) -> None:
    """Write down that this process serves `endpoint_url`."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"endpoint_url": endpoint_url, "pid": os.getpid()}))


def forget() -> None:
    """Take this process's note away; another's stays."""
    if _note().get("pid") == os.getpid():
        _file().unlink(missing_ok=True)


def endpoint_url() -> str | None:
    """The endpoint of the `orderlake up` that runs now, if one does."""
    note = _note()
    pid, url = note.get("pid"), note.get("endpoint_url")
    if isinstance(pid, int) and isinstance(url, str) and _is_alive(pid):
        return url
    return None


def _note() -> dict[str, object]:
    try:
        note = json.loads(_file().read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return note if isinstance(note, dict) else {}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

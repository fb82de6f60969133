"""Finds a Python of a given version on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PROOF = "import sys; print(sys.implementation.cache_tag + sys.abiflags)"
_PROOF_SECONDS = 20


def find_interpreter(version: str) -> Path | None:
    """The first CPython `version` ("3.13") among the running one, PATH, pyenv and uv; None if there is none.

    Each candidate is run, because a name proves nothing: pyenv's shims exist for inactive versions too.
    """
    tag = f"cpython-{version.replace('.', '')}"
    seen: set[Path] = set()
    for candidate in _candidates(version):
        if candidate in seen or not os.access(candidate, os.X_OK):
            continue
        seen.add(candidate)
        if _cache_tag(candidate) == tag:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    name = f"python{version}"
    for directory in os.get_exec_path():
        yield Path(directory) / name
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield from sorted(pyenv.glob(f"{version}*/bin/{name}"))
    data_home = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data_home / "uv/python")
    yield from sorted(uv.glob(f"cpython-{version}*/bin/{name}"))


def _cache_tag(interpreter: Path) -> str | None:
    try:
        answer = subprocess.run(
            [interpreter, "-I", "-S", "-c", _PROOF],
            capture_output=True,
            text=True,
            timeout=_PROOF_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None

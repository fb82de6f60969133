"""Compiles modules for an interpreter, so that a function's cold start does not."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.packaging.errors import CompilationError

# Where Lambda unpacks a function: tracebacks name the files there.
_TASK_ROOT = "/var/task"


def compiled(sources: Mapping[str, bytes], interpreter: Path) -> dict[str, bytes]:
    """The `__pycache__` entries of the Python files in `sources`; never checked against them at run time.

    Raises:
        CompilationError: a file is no Python of that version.
    """
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name, content in sources.items():
            if name.endswith(".py"):
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        done = subprocess.run(
            [
                *(interpreter, "-I", "-m", "compileall", "-q", "-s", directory, "-p", _TASK_ROOT),
                *("--invalidation-mode", "unchecked-hash", directory),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CompilationError(str(interpreter), done.stdout + done.stderr)
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.pyc"))}

"""Glue's Python shell on this machine: the interpreter and the libraries that a job has on AWS."""

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.packaging.cache import cached_directory
from infra.packaging.dependencies import cached_site, site_packages
from infra.packaging.interpreters import find_interpreter
from infra.packaging.target import GLUE_PYTHON_SHELL

_REQUIREMENTS = "glue-pythonshell"


@dataclass(frozen=True, slots=True)
class PythonShell:
    """What runs Python shell jobs: `libraries` is a folder for its path, null where it has its own."""

    interpreter: Path
    libraries: Path | None = None

    @property
    def is_as_deployed(self) -> bool:
        return self.libraries is not None


def prepared_python_shell() -> PythonShell:
    """AWS's version with the locked libraries where both are on this machine, else the running one.

    Nothing is downloaded: `install_python_shell` and `make package` prepare.
    """
    interpreter = _interpreter()
    site = cached_site(_REQUIREMENTS, GLUE_PYTHON_SHELL)
    if interpreter is None or not site.is_dir():
        return PythonShell(Path(sys.executable))
    return PythonShell(interpreter, site)


def install_python_shell() -> PythonShell | None:
    """Bring the locked libraries here, compiled; None where this machine has no Python 3.9 for Linux x86-64.

    Raises:
        DependenciesError: pip failed; its output is in the error.
    """
    interpreter = _interpreter()
    if interpreter is None:
        return None
    site = site_packages(_REQUIREMENTS, GLUE_PYTHON_SHELL)

    def compile_all(_: Path) -> None:
        command = [str(interpreter), "-m", "compileall", "-q", "-j", "0", str(site)]
        subprocess.run(command, capture_output=True, check=False)

    cached_directory(f"{site.name}-compiled", compile_all)
    return PythonShell(interpreter, site)


def _interpreter() -> Path | None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    return find_interpreter(GLUE_PYTHON_SHELL.python)

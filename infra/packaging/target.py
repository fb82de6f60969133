"""The Python that an artefact is built for."""

import platform
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.packaging.interpreters import find_interpreter


@dataclass(frozen=True, slots=True)
class PythonTarget:
    """A CPython version and the wheel platforms it accepts; no platforms means this machine's own."""

    python: str
    platforms: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Names the target in a file name."""
        where = self.platforms[0] if self.platforms else sysconfig.get_platform()
        return f"cp{self.python.replace('.', '')}-{where.replace('-', '_')}"

    def pip_arguments(self) -> list[str]:
        """What tells pip to choose this target's wheels."""
        if not self.platforms:
            return []
        chosen = [argument for name in self.platforms for argument in ("--platform", name)]
        return [*chosen, "--implementation", "cp", "--python-version", self.python]

    def __str__(self) -> str:
        return f"Python {self.python} on {self.platforms[0] if self.platforms else 'this machine'}"


# Amazon Linux 2023, which the python3.13 runtime stands on, has glibc 2.34; pip does not infer older tags.
DEPLOYED: Final = PythonTarget(
    "3.13", ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
)

# Glue's Python shell may stand on Amazon Linux 2, whose glibc is 2.26; duckdb is built for just that.
GLUE_PYTHON_SHELL: Final = PythonTarget(
    "3.9", ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_26_x86_64")
)


@dataclass(frozen=True, slots=True)
class LocalPython:
    """The interpreter that runs functions on this machine, and the target to build for it."""

    interpreter: Path
    target: PythonTarget


def running_target() -> PythonTarget:
    """The interpreter that runs this code."""
    return PythonTarget(f"{sys.version_info.major}.{sys.version_info.minor}")


def local_python() -> LocalPython:
    """AWS's interpreter version where this machine has it and its platform, else the running one."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        interpreter = find_interpreter(DEPLOYED.python)
        if interpreter is not None:
            return LocalPython(interpreter, DEPLOYED)
    return LocalPython(Path(sys.executable), running_target())

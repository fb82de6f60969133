"""A built file and its identity."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from infra.packaging.target import DEPLOYED, PythonTarget


@dataclass(frozen=True, slots=True)
class Artefact:
    """One deployable file. `sha256` is hexadecimal, `size` in bytes; `target` is None for pure Python."""

    name: str
    path: Path
    sha256: str
    size: int
    target: PythonTarget | None = None

    @property
    def is_deployable(self) -> bool:
        """False when it was built for another interpreter than AWS's, for want of that one here."""
        return self.target in (None, DEPLOYED)

    def __str__(self) -> str:
        built_for = "" if self.is_deployable else f" (built for {self.target}, not for AWS: {DEPLOYED})"
        return f"{self.name} {self.size} bytes sha256:{self.sha256}{built_for}"


def artefact_of(path: Path, target: PythonTarget | None = None) -> Artefact:
    """Describe the file at `path`."""
    content = path.read_bytes()
    return Artefact(path.name, path, hashlib.sha256(content).hexdigest(), len(content), target)

"""Installs locked, hash-checked dependencies for a target, without what a deployed function never reads."""

import importlib.resources
import subprocess
import sys
from importlib.resources.abc import Traversable
from pathlib import Path

from infra.packaging.cache import cache_root, cached_directory, content_key
from infra.packaging.errors import DependenciesError
from infra.packaging.target import PythonTarget

_RECIPE = "2"
_UNUSED_DIRECTORIES = frozenset({"__pycache__", "test", "tests", "bin"})
_UNUSED_SUFFIXES = (".pyc", ".pyi")
# Parts of a library that a deployable never imports: requirements → prefixes, but for what is kept.
_OF_POWERTOOLS_AND_PROTOBUF = (
    "aws_lambda_powertools/event_handler/",
    "aws_lambda_powertools/utilities/",
    "google/protobuf/compiler/",
)
_UNUSED_PARTS = {
    "order-ingest": _OF_POWERTOOLS_AND_PROTOBUF,
    # zstandard comes with two backends; CPython takes the other.
    "file-ingest": (*_OF_POWERTOOLS_AND_PROTOBUF, "zstandard/_cffi", "zstandard/backend_cffi"),
    "order-api": _OF_POWERTOOLS_AND_PROTOBUF,
}
_KEPT_PARTS = (
    "aws_lambda_powertools/utilities/__init__.py",
    "aws_lambda_powertools/utilities/jmespath_utils/",
)


def site_packages(requirements: str, target: PythonTarget) -> Path:
    """The directory that holds `requirements` (a file in this package) installed for `target`.

    Raises:
        DependenciesError: pip failed; its output is in the error.
    """
    locked = _locked(requirements)

    def install(directory: Path) -> None:
        with importlib.resources.as_file(locked) as path:
            _pip_install(path, target, directory)
        _strip(directory, _UNUSED_PARTS.get(requirements, ()))

    return cached_directory(cached_site(requirements, target).name, install)


def cached_site(requirements: str, target: PythonTarget) -> Path:
    """Where `site_packages` keeps its directory, whether it is there yet or not."""
    lock = _locked(requirements).read_bytes()
    parts = (*_UNUSED_PARTS.get(requirements, ()), *_KEPT_PARTS)
    key = content_key([_RECIPE, *parts, "site", target.slug, ",".join(target.platforms), lock], {})
    return cache_root() / f"site-{requirements}-{key}"


def _locked(requirements: str) -> Traversable:
    return importlib.resources.files("infra.packaging") / "requirements" / f"{requirements}.txt"


def site_files(directory: Path) -> dict[str, bytes]:
    """Every file below `directory`, keyed by its relative path; what an interpreter cached is left out."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _pip_install(requirements: Path, target: PythonTarget, directory: Path) -> None:
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"),
        *("--requirement", str(requirements), "--target", str(directory), *target.pip_arguments()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise DependenciesError(requirements.name, str(target), "\n".join(errors) or done.stderr)


def _strip(directory: Path, unused_parts: tuple[str, ...]) -> None:
    for path in sorted(directory.rglob("*"), reverse=True):  # files before their directories
        if path.is_file():
            name = path.relative_to(directory)
            is_part = name.as_posix().startswith(unused_parts) and not name.as_posix().startswith(_KEPT_PARTS)
            if is_part or _is_unused(name):
                path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()


def _is_unused(path: Path) -> bool:
    directories = path.parts[:-1]
    in_metadata = any(name.endswith(".dist-info") for name in directories)
    return (
        not _UNUSED_DIRECTORIES.isdisjoint(directories)
        or path.suffix in _UNUSED_SUFFIXES
        or (in_metadata and path.name != "METADATA")
    )

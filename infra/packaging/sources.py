"""Finds the files of our own packages, in a checkout or an installed wheel alike."""

import ast
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from infra.packaging.errors import PackageMissingError


def package_files(package: str) -> dict[str, bytes]:
    """Every file of a package, keyed by its path from the import root (`glue/jobs/silver.py`)."""
    root = _package_directory(package)
    return {
        f"{package.replace('.', '/')}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def reachable_files(entry: str, packages: Iterable[str]) -> dict[str, bytes]:
    """The modules of `packages` that `entry` imports, directly or not, with their packages' data files.

    Imports are read from the source, so a change elsewhere does not change the answer.
    """
    ours = tuple(packages)
    files: dict[str, bytes] = {}
    seen: set[str] = set()
    waiting = [entry]
    if _source_of(entry) is None:
        raise PackageMissingError(entry)
    while waiting:
        name = waiting.pop()
        if name in seen or name.partition(".")[0] not in ours:
            continue
        seen.add(name)
        source = _source_of(name)
        if source is None:  # `from module import attribute`
            continue
        waiting.extend(name[:dot] for dot in _dots(name))
        is_package = source.name == "__init__.py"
        content = source.read_bytes()
        stem = name.replace(".", "/")
        files[f"{stem}/__init__.py" if is_package else f"{stem}.py"] = content
        if is_package:
            files.update({f"{stem}/{path}": data for path, data in _data_files(source.parent)})
        waiting.extend(_imports(content, name if is_package else name.rpartition(".")[0]))
    return files


def _dots(name: str) -> Iterator[int]:
    return (index for index, letter in enumerate(name) if letter == ".")


def _imports(source: bytes, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _source_of(module: str) -> Path | None:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:  # the parent is a module, not a package
        return None
    if spec is None or spec.origin is None:
        if "." not in module:
            raise PackageMissingError(module)
        return None
    return Path(spec.origin)


def _data_files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.iterdir()):
        if path.is_dir():
            if path.name != "__pycache__" and not (path / "__init__.py").exists():
                yield from ((f"{path.name}/{name}", data) for name, data in _data_files(path))
        elif path.suffix not in (".py", ".pyc"):
            yield path.name, path.read_bytes()


def _package_directory(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise PackageMissingError(package)
    return Path(next(iter(spec.submodule_search_locations)))

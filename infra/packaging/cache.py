"""Builds kept by the hash of what they were made of, so that the second start is instant."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

_KEPT_SECONDS: Final = 14 * 24 * 3600


def cache_root() -> Path:
    """`$XDG_CACHE_HOME/orderlake/packages`, by default under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "orderlake" / "packages"


def content_key(parts: Iterable[str | bytes], files: Mapping[str, bytes]) -> str:
    """A short name for a build: it changes when a part, a file's name or a file's content changes."""
    digest = hashlib.sha256()
    for part in (*parts, *(item for name in sorted(files) for item in (name, files[name]))):
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()[:20]


def cached_file(key: str, name: str, build: Callable[[], bytes]) -> Path:
    """The file `name` that `build` makes, made once per `key`; readers never see half of it."""
    path = cache_root() / key / name
    if not path.exists():
        content = build()
        _remove_unused()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    os.utime(path.parent)
    return path


def cached_directory(key: str, fill: Callable[[Path], None]) -> Path:
    """The directory that `fill` fills, filled once per `key`; readers never see half of it."""
    path = cache_root() / key
    if not path.exists():
        _remove_unused()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{key}."))
        try:
            fill(temporary)
            temporary.chmod(0o755)
            temporary.rename(path)
        except OSError:
            # Another process may have filled it first: its content is the same.
            if not path.exists():
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    os.utime(path)
    return path


def _remove_unused() -> None:
    """Forget builds that nobody asked for in the last two weeks."""
    root = cache_root()
    if not root.exists():
        return
    for entry in root.iterdir():
        if time.time() - entry.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(entry, ignore_errors=True)

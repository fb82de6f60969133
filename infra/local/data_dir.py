"""The directory in which an embedded AWS outlives its process.

A file is written beside its place and renamed into it: a reader, or the next start after `kill -9`, sees the
old content or the new one. Nothing is flushed to the disk's platter: a power cut may take the last seconds.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from infra.local.errors import DataDirLockedError, ForeignDataDirError, UnusableDataDirError

_MARKER: Final = "orderlake-data.json"
_LOCK: Final = "lock"
_FORMAT: Final = 1
_NEW: Final = ".new"


def file_name(name: str) -> str:
    """A name for a file: readable where it fits, unique always."""
    quoted = quote(name, safe="")
    return (
        quoted if len(quoted) <= 150 else f"{quoted[:100]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    )


class DataDir:
    """A locked data directory, made where it does not exist; a `DataDirError` where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._check_ours()
            self._lock_file: IO[bytes] = (path / _LOCK).open("ab")
        except OSError as error:
            raise UnusableDataDirError(path, error.strerror or type(error).__name__) from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock_file.close()
            raise DataDirLockedError(path) from error
        self.write_json(path / _MARKER, {"format": _FORMAT})

    def _check_ours(self) -> None:
        marker = self.path / _MARKER
        if not marker.exists():
            if any(entry.name != _LOCK for entry in self.path.iterdir()):
                raise ForeignDataDirError(self.path)
            return
        if self.read_json(marker).get("format") != _FORMAT:
            raise UnusableDataDirError(self.path, "it was made by another version")

    def close(self) -> None:
        """Let another embedded AWS use the directory."""
        self._lock_file.close()

    def read_json(self, path: Path) -> dict[str, Any]:
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise UnusableDataDirError(self.path, f"{path} cannot be read: {type(error).__name__}") from error
        if not isinstance(content, dict):
            raise UnusableDataDirError(self.path, f"{path} holds something else")
        return content

    def write_json(self, path: Path, content: dict[str, Any]) -> None:
        self.write(path, json.dumps(content, ensure_ascii=False, default=str).encode())

    @staticmethod
    def write(path: Path, content: bytes) -> None:
        """Replace a file at once; its folders are made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + _NEW)
        new.write_bytes(content)
        new.replace(path)

    @staticmethod
    def files(folder: Path, suffix: str) -> Iterator[Path]:
        """The whole files in a folder, sorted; none where there is no folder."""
        yield from sorted(folder.glob(f"*{suffix}"))

    @staticmethod
    def folders(folder: Path) -> Iterator[Path]:
        if folder.is_dir():
            yield from sorted(entry for entry in folder.iterdir() if entry.is_dir())

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a file or a folder with all in it, if it is there."""
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

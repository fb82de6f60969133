"""Runs one script as Glue's Python shell does: files from S3, a child process, its output to the log."""

import dataclasses
import os
import signal
import subprocess
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.local.engine import LogSink, ObjectStore
from infra.local.glue.arguments import EXTRA_PY_FILES, SCRIPT_LOCATION, argv, s3_list, split_s3

_SCRIPT_NAME = "script.py"


class JobSetupError(Exception):
    """A run that cannot start: a file is missing or not readable. The message names it."""


@dataclass(frozen=True, slots=True)
class PreparedScript:
    """What is started: the words of the command, its folder, its environment."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]

    def with_libraries(self, folder: Path) -> "PreparedScript":
        """The same with a folder of libraries after the job's own files."""
        path = os.pathsep.join(filter(None, [self.environment["PYTHONPATH"], str(folder)]))
        return dataclasses.replace(self, environment={**self.environment, "PYTHONPATH": path})


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process ended: its exit code and the last line it wrote to stderr."""

    exit_code: int
    last_error_line: str | None


def prepare(
    objects: ObjectStore,
    folder: Path,
    *,
    interpreter: str,
    script_location: str,
    arguments: Mapping[str, str],
    endpoint_url: str,
    region: str,
    access_key: str,
) -> PreparedScript:
    """Bring the script and its extra files into `folder`. `JobSetupError` if one is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    location = arguments.get(SCRIPT_LOCATION, script_location)
    script = folder / _SCRIPT_NAME
    script.write_bytes(_download(objects, location))
    paths = [
        _extra_file(objects, url, folder / f"extra{index}")
        for index, url in enumerate(s3_list(arguments.get(EXTRA_PY_FILES)))
    ]
    return PreparedScript(
        command=[interpreter, str(script), *argv(arguments, script_location=location)],
        folder=folder,
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
    )


class RunningScript:
    """A started script in a process group of its own."""

    def __init__(self, prepared: PreparedScript, logs: LogSink, log_group: str, stream: str) -> None:
        self._logs = logs
        self._log_group = log_group
        self._stream = stream
        self._last_error_line: str | None = None
        self._process = subprocess.Popen(
            prepared.command,
            cwd=prepared.folder,
            env=dict(prepared.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def kill(self) -> None:
        """End the whole group at once, as Glue does: no signal that the script could answer."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def wait(self) -> Ended:
        """Copy its output to the log until it ends; children it left behind end with it."""
        with self._process:
            readers = [
                threading.Thread(target=self._copy, args=(self._process.stdout, "output", None)),
                threading.Thread(
                    target=self._copy, args=(self._process.stderr, "error", self._remember_error)
                ),
            ]
            for reader in readers:
                reader.start()
            exit_code = self._process.wait()
            self.kill()
            for reader in readers:
                reader.join()
        return Ended(exit_code=exit_code, last_error_line=self._last_error_line)

    def _remember_error(self, line: str) -> None:
        if line.strip() and not line.startswith((" ", "\t")):
            self._last_error_line = line.strip()

    def _copy(self, source: IO[str], kind: str, look_at: Callable[[str], None] | None) -> None:
        for line in source:
            text = line.rstrip("\r\n")
            if look_at is not None:
                look_at(text)
            self._logs.write(f"{self._log_group}/{kind}", self._stream, [text])


def _download(objects: ObjectStore, url: str) -> bytes:
    try:
        bucket, key = split_s3(url)
        return objects.get(bucket, key)
    except (KeyError, ValueError) as error:
        raise JobSetupError(
            f"Failed to download {url}: {error}. Upload it, or mend the job's location"
        ) from error


def _extra_file(objects: ObjectStore, url: str, folder: Path) -> Path:
    """The entry of `sys.path` that makes one extra file importable; wheels are unpacked, as pip does."""
    folder.mkdir()
    file = folder / url.rsplit("/", 1)[-1]
    file.write_bytes(_download(objects, url))
    if file.suffix in {".whl", ".zip", ".egg"}:
        try:
            with zipfile.ZipFile(file) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise JobSetupError(f"{url} is not a zip archive: build it again") from error
    return folder

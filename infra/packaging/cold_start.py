"""How much processor time a built function takes to import, in a fresh interpreter of its version."""

import os
import statistics
import subprocess
import tempfile
import zipfile
from pathlib import Path

from infra.packaging.artefact import Artefact
from infra.packaging.errors import ImportFailedError
from infra.packaging.interpreters import find_interpreter

_ROUNDS = 5
# Not the clock's time: that says how busy the machine is.
_TIMED = "import time; started = time.process_time(); import {module}; print(time.process_time() - started)"
# What the function's module asks for when it is loaded; nothing is called.
_ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "BRONZE_DELIVERY_STREAM": "bronze",
    "QUARANTINE_DELIVERY_STREAM": "quarantine",
    "LAKE_BUCKET": "lake",
    "STREAM_NAME": "orders",
    "PROFILE": "stream",
    "QUARANTINE_RAW_PREFIX": "quarantine/raw/",
    "POWERTOOLS_SERVICE_NAME": "order-ingest",
    "POWERTOOLS_METRICS_NAMESPACE": "Orderlake",
    "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
}


def import_seconds(artefact: Artefact, module: str) -> float | None:
    """The median of a few fresh starts; None where no interpreter of the target's version is here.

    Raises:
        ImportFailedError: the zip does not hold what the module needs.
    """
    interpreter = find_interpreter(artefact.target.python) if artefact.target else None
    if interpreter is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(artefact.path) as archive:
            archive.extractall(directory)
        return statistics.median(_seconds(interpreter, directory, module) for _ in range(_ROUNDS))


def _seconds(interpreter: Path, directory: str, module: str) -> float:
    done = subprocess.run(
        [interpreter, "-S", "-c", _TIMED.format(module=module)],
        env={"PATH": os.defpath, "PYTHONPATH": directory, **_ENVIRONMENT},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ImportFailedError(module, done.stderr)
    return float(done.stdout)

"""Artefacts that deploy but do nothing, for tests of the definitions alone."""

import zipfile
from pathlib import Path


def write_artefacts(folder: Path) -> Path:
    """Fill `folder` with what `make package` would, in miniature."""
    folder.mkdir()
    for name, entry, text in (
        (
            "order-ingest-cp313-test.zip",
            "stream_processors/order_ingest/handler.py",
            "def handler(*_): ...\n",
        ),
        (
            "file-ingest-cp313-test.zip",
            "stream_processors/file_ingest/handler.py",
            "def handler(*_): ...\n",
        ),
        (
            "order-api-cp313-test.zip",
            "stream_processors/order_api/handler.py",
            "def handler(*_): ...\n",
        ),
        ("orderlake_glue-0.1.0-py3-none-any.whl", "glue/__init__.py", ""),
    ):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(entry, text)
    return folder

"""Zip archives whose bytes depend on nothing but their entries."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


def zip_bytes(entries: Mapping[str, bytes]) -> bytes:
    """Pack `entries` (path in the archive → content), sorted, with one fixed time and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = _MODE
            info.create_system = _UNIX
            archive.writestr(info, entries[name])
    return buffer.getvalue()

"""Why the embedded AWS cannot start.

EmbeddedAwsError
├── PortInUseError          another program listens there
├── PortNotAllowedError     the system does not give that port
├── AlreadyRunningError     one process carries one embedded AWS
└── DataDirError            the data directory cannot be used
    ├── ForeignDataDirError     it holds something else
    ├── DataDirLockedError      another embedded AWS is using it
    └── UnusableDataDirError    it cannot be made, read or written
"""

from pathlib import Path


class EmbeddedAwsError(Exception):
    """The embedded AWS cannot start; the message says what to do."""


class PortInUseError(EmbeddedAwsError):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is in use. "
            "Stop what listens there, or choose another port (0 takes a free one)."
        )
        self.port = port


class PortNotAllowedError(EmbeddedAwsError):
    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"Port {port} cannot be opened ({reason}). Choose one from 1024 to 65535, or 0 for a free one."
        )
        self.port = port
        self.reason = reason


class AlreadyRunningError(EmbeddedAwsError):
    def __init__(self, endpoint_url: str) -> None:
        super().__init__(
            f"This process already runs an embedded AWS at {endpoint_url}. "
            "Stop it first, or use it, or start another process."
        )
        self.endpoint_url = endpoint_url


class DataDirError(EmbeddedAwsError):
    """The data directory at `path` cannot be used."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class ForeignDataDirError(DataDirError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            f"{path} is not empty and was not made by the embedded AWS. Choose an empty or a new directory.",
        )


class DataDirLockedError(DataDirError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            path, f"Another embedded AWS is using {path}. Stop it first, or choose another data directory."
        )


class UnusableDataDirError(DataDirError):
    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            path, f"{path} cannot be used as data directory ({reason}). Choose one that can be written."
        )
        self.reason = reason

"""What a job must know: the names of the stack, and its own limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Mapping, Optional

import pytz

from glue.errors import SettingsError

_KEYS = (
    "region",
    "shop_timezone",
    "lake_bucket",
    "bronze_prefix",
    "quarantine_prefix",
    "checkpoints_prefix",
    "database",
    "workgroup",
    "environment",
    "audit_prefix",
)
# What the ledger is taken of.
_OPTIONAL_KEYS = ("stream_name", "on_failure_prefix", "delivery_failed_prefix")


@dataclass(frozen=True)
class Settings:
    """Names of the stack (prefixes end with a slash) and limits of a run.

    `look_back` reaches behind the last successful run for bronze objects that came late;
    `chunk_bytes` of bronze objects are consumed between checkpoints, `portion_bytes` of them, unpacked, are
    merged by one commit; `slice_bytes` of Arrow data make a data file.
    """

    region: str
    shop_timezone: str
    lake_bucket: str
    bronze_prefix: str
    quarantine_prefix: str
    checkpoints_prefix: str
    database: str
    workgroup: str
    environment: str = "dev"
    audit_prefix: str = "audit/"
    look_back: timedelta = timedelta(hours=72)
    memory_limit_mb: int = 96
    threads: int = 1
    chunk_bytes: int = 16 * 1024 * 1024
    portion_bytes: int = 24 * 1024 * 1024
    slice_bytes: int = 12 * 1024 * 1024
    commit_attempts: int = 10
    stream_name: Optional[str] = None
    has_stream: bool = True
    on_failure_prefix: str = "aws/lambda/"
    delivery_failed_prefix: str = "delivery-failed/"

    def __post_init__(self) -> None:
        for name in (
            "memory_limit_mb",
            "threads",
            "chunk_bytes",
            "portion_bytes",
            "slice_bytes",
            "commit_attempts",
        ):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1")
        if self.look_back < timedelta(0):
            raise SettingsError("look_back must not be negative")
        for name in ("bronze_prefix", "quarantine_prefix", "checkpoints_prefix", "audit_prefix"):
            if not getattr(self, name).endswith("/"):
                raise SettingsError(f"{name} must end with a slash")
        try:
            pytz.timezone(self.shop_timezone)
        except pytz.UnknownTimeZoneError as error:
            raise SettingsError(f"shop_timezone {self.shop_timezone!r} is not a time zone") from error

    @classmethod
    def from_stack(cls, document: str, **limits: Any) -> Settings:
        """Settings from the JSON of the SSM parameter (infra/stack.py); `limits` override the defaults.

        Raises:
            SettingsError: not JSON, or a name is missing.
        """
        try:
            stack: Mapping[str, Any] = json.loads(document)
        except ValueError as error:
            raise SettingsError("the stack's parameter is not JSON; deploy the stack again") from error
        if not isinstance(stack, dict):
            raise SettingsError("the stack's parameter is not a JSON object; deploy the stack again")
        missing = [key for key in _KEYS if not isinstance(stack.get(key), str) or not stack[key]]
        if missing:
            raise SettingsError(f"the stack's parameter lacks {', '.join(missing)}; deploy the stack again")
        optional = {key: stack[key] for key in _OPTIONAL_KEYS if stack.get(key)}
        has_stream = stack.get("profile", "stream") == "stream"
        return cls(**{key: stack[key] for key in _KEYS}, **optional, has_stream=has_stream, **limits)

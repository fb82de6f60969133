"""The function's settings, read once at cold start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from stream_processors.errors import SettingsError

_DELIVERY_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,64}"), "the name of a Firehose stream"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "the name of a bucket"
_PREFIX = re.compile(r"[A-Za-z0-9_.=-][A-Za-z0-9_.=/-]*/"), "a key prefix that ends with a slash"
_RULES = {
    "bronze_delivery_stream": _DELIVERY_STREAM,
    "quarantine_delivery_stream": _DELIVERY_STREAM,
    "lake_bucket": _BUCKET,
    "quarantine_raw_prefix": _PREFIX,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where accepted and rejected events go."""

    bronze_delivery_stream: str
    quarantine_delivery_stream: str
    lake_bucket: str
    quarantine_raw_prefix: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, each from the variable of its name in capitals.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        problems = [
            f"{name.upper()} ({meaning})"
            for name, (pattern, meaning) in _RULES.items()
            if not pattern.fullmatch(environment.get(name.upper(), ""))
        ]
        if problems:
            raise SettingsError(problems)
        return cls(**{name: environment[name.upper()] for name in _RULES})

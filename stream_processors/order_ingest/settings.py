"""The function's settings, read once at cold start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from stream_processors.errors import SettingsError

_DELIVERY_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,64}"), "the name of a Firehose stream"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "the name of a bucket"
_PREFIX = re.compile(r"[A-Za-z0-9_.=-][A-Za-z0-9_.=/-]*/"), "a key prefix that ends with a slash"
_PARAMETER = re.compile(r"/?[A-Za-z0-9_.-][A-Za-z0-9_./-]{0,1010}"), "the name of an SSM parameter"
_SECONDS = re.compile(r"[0-9]{1,9}"), "whole seconds"
_DAY_SECONDS = 24 * 3600
_REQUIRED = {
    "bronze_delivery_stream": _DELIVERY_STREAM,
    "quarantine_delivery_stream": _DELIVERY_STREAM,
    "lake_bucket": _BUCKET,
    "quarantine_raw_prefix": _PREFIX,
}
_OPTIONAL = {"pseudonym_key_parameter": _PARAMETER, "future_tolerance_seconds": _SECONDS}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where accepted and rejected events go, and what is asked of them.

    Without `pseudonym_key_parameter`, an SSM SecureString, events that name a customer cannot be taken.
    """

    bronze_delivery_stream: str
    quarantine_delivery_stream: str
    lake_bucket: str
    quarantine_raw_prefix: str
    pseudonym_key_parameter: str | None = None
    future_tolerance_seconds: int = _DAY_SECONDS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, each from the variable of its name in capitals; empty is the same as absent.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        values = {name: environment.get(name.upper(), "") for name in (*_REQUIRED, *_OPTIONAL)}
        problems = [
            f"{name.upper()} ({meaning})"
            for name, (pattern, meaning) in (_REQUIRED | _OPTIONAL).items()
            if not pattern.fullmatch(values[name]) and (values[name] or name in _REQUIRED)
        ]
        if problems:
            raise SettingsError(problems)
        return cls(
            values["bronze_delivery_stream"],
            values["quarantine_delivery_stream"],
            values["lake_bucket"],
            values["quarantine_raw_prefix"],
            values["pseudonym_key_parameter"] or None,
            int(values["future_tolerance_seconds"] or _DAY_SECONDS),
        )

"""How a function reads its settings: from its environment, once, at cold start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, Self

from stream_processors.errors import SettingsError

DAY_SECONDS: Final = 24 * 3600

_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,128}"), "the name of a Kinesis or Firehose stream"
_DELIVERY_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,64}"), "the name of a Firehose stream"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "the name of a bucket"
_PREFIX = re.compile(r"[A-Za-z0-9_.=-][A-Za-z0-9_.=/-]*/"), "a key prefix that ends with a slash"
_PARAMETER = re.compile(r"/?[A-Za-z0-9_.-][A-Za-z0-9_./-]{0,1010}"), "the name of an SSM parameter"
_PROFILE = re.compile(r"stream|direct"), "stream or direct"
_TIMEZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}"), "an IANA time zone"
_SECONDS = re.compile(r"[0-9]{1,9}"), "whole seconds"
_SWITCH = re.compile(r"true|false"), "true or false"
_MEANINGS: Final = {
    "bronze_delivery_stream": _DELIVERY_STREAM,
    "quarantine_delivery_stream": _DELIVERY_STREAM,
    "stream_name": _STREAM,
    "profile": _PROFILE,
    "lake_bucket": _BUCKET,
    "quarantine_raw_prefix": _PREFIX,
    "landing_prefix": _PREFIX,
    "shop_timezone": _TIMEZONE,
    "pseudonym_key_parameter": _PARAMETER,
    "future_tolerance_seconds": _SECONDS,
    "manifest_seconds": _SECONDS,
    "detailed_metrics": _SWITCH,
}
_READERS: Final[Mapping[object, Callable[[str], object]]] = {_SECONDS[0]: int, _SWITCH[0]: "true".__eq__}


class FunctionSettings:
    """What the settings of every function can; they are frozen dataclasses."""

    __slots__ = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, each from the variable of its name in capitals; empty is the same as absent.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        given: dict[str, Any] = {}
        problems = []
        for setting in fields(cls):  # type: ignore[arg-type]  # those who inherit are dataclasses
            value = environment.get(setting.name.upper(), "")
            pattern, meaning = _MEANINGS[setting.name]
            if pattern.fullmatch(value):
                given[setting.name] = _READERS.get(pattern, str)(value)
            elif value or setting.default is MISSING:
                problems.append(f"{setting.name.upper()} ({meaning})")
        if problems:
            raise SettingsError(sorted(problems))
        return cls(**given)

"""The function's settings, read once at cold start."""

from dataclasses import dataclass

from stream_processors.settings import DAY_SECONDS, FunctionSettings


@dataclass(frozen=True, slots=True)
class Settings(FunctionSettings):
    """Where events go, and where the manifest of what was acknowledged is kept.

    `stream_name` is a Kinesis stream, with profile `direct` a Firehose stream. The manifest is written again
    when it is `manifest_seconds` old: with 0 before every answer.
    """

    stream_name: str
    profile: str
    lake_bucket: str
    manifest_seconds: int = 0
    future_tolerance_seconds: int = DAY_SECONDS

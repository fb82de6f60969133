"""The function's settings, read once at cold start."""

from dataclasses import dataclass

from stream_processors.settings import DAY_SECONDS, FunctionSettings


@dataclass(frozen=True, slots=True)
class Settings(FunctionSettings):
    """Where files come from and events go. `stream_name` is a Firehose stream with profile `direct`.

    `shop_timezone` is that of the times in files that do not say their own; `detailed_metrics` are those
    that only the alarms beyond the essential ones need: CloudWatch bills each.
    """

    lake_bucket: str
    landing_prefix: str
    stream_name: str
    profile: str
    shop_timezone: str = "Europe/London"
    future_tolerance_seconds: int = DAY_SECONDS
    detailed_metrics: bool = False

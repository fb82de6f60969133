"""The functions' settings, read once at cold start."""

from dataclasses import dataclass, field

from stream_processors.settings import DAY_SECONDS, FunctionSettings


@dataclass(frozen=True, slots=True)
class JudgeSettings(FunctionSettings):
    """Where rejected events go, and what is asked of all.

    Without `pseudonym_key_parameter`, an SSM SecureString, events that name a customer cannot be taken.
    `detailed_metrics` are those that no alarm needs: CloudWatch bills each.
    """

    quarantine_delivery_stream: str
    lake_bucket: str
    quarantine_raw_prefix: str
    pseudonym_key_parameter: str | None = None
    future_tolerance_seconds: int = DAY_SECONDS
    detailed_metrics: bool = True


@dataclass(frozen=True, slots=True)
class Settings(JudgeSettings):
    """And where accepted events go."""

    bronze_delivery_stream: str = field(kw_only=True)

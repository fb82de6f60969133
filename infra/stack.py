"""The names of one deployed stack: what Terraform writes for programs to find.

One SSM parameter, `/orderlake/<environment>/stack`, holds them as JSON.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

PARAMETER: Final = "/orderlake/{environment}/stack"

Profile = Literal["stream", "direct"]
"""How events come in: through a Kinesis stream, or put straight into Firehose."""


class Stack(BaseModel):
    """Names of the resources; prefixes end with a slash and are keys within `lake_bucket`.

    `stream_name` is what producers send to: a Kinesis stream, or with profile `direct` the Firehose stream
    that is `bronze_delivery_stream` too.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: str
    region: str
    account_id: str
    shop_timezone: str

    profile: Profile = "stream"
    stream_name: str
    ingest_function: str
    bronze_delivery_stream: str
    quarantine_delivery_stream: str

    lake_bucket: str
    results_bucket: str
    artifacts_bucket: str
    bronze_prefix: str
    quarantine_prefix: str
    quarantine_raw_prefix: str
    delivery_failed_prefix: str
    on_failure_prefix: str
    audit_prefix: str
    checkpoints_prefix: str
    silver_prefix: str
    gold_prefix: str
    landing_prefix: str

    database: str
    workgroup: str
    jobs: dict[str, str]

    http_api_url: str | None = None
    """Where events may be posted to, if anywhere."""

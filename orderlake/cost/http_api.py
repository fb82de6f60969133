"""What events cost that come in over HTTP, beside what all events cost."""

from decimal import Decimal

from orderlake.cost.assumptions import Assumptions
from orderlake.cost.flow import rounded_up
from orderlake.cost.scenario import Scenario

_METERED_BYTES = 512 * 1024
_GIBIBYTE = Decimal(1024**3)
# `memory_size` in infra/terraform/modules/http_api.
_FUNCTION_GB = Decimal("0.5")


def http_api_day(scenario: Scenario, assumptions: Assumptions) -> dict[str, Decimal]:
    """A day's quantities, by the names of the price list; the manifest is written before every answer."""
    requests = scenario.http_requests_per_day
    if not requests:
        return {}
    size = scenario.records_per_day * scenario.bytes_per_record / requests
    milliseconds = (
        requests * assumptions.http_request_ms + scenario.records_per_day * assumptions.http_record_ms
    )
    return {
        "apigateway.requests": requests * rounded_up(size, _METERED_BYTES) / _METERED_BYTES,
        "lambda.requests": requests,
        "lambda.gb_seconds": milliseconds / 1000 * _FUNCTION_GB,
        "s3.put_requests": requests,
        "logs.ingested_gb": requests * assumptions.http_log_bytes / _GIBIBYTE,
    }

"""The assumptions of the model: `assumptions.yaml`, validated."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Assumptions(BaseModel):
    """Values by name; what each means and where it comes from is in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries_per_day: Decimal
    scanned_share: Decimal
    months_kept: Decimal
    peak_factor: Decimal
    rejected_share: Decimal
    custom_metrics: Decimal
    detailed_metrics: Decimal
    catalog_objects: Decimal
    envelope_bytes: Decimal
    function_base_ms: Decimal
    function_record_ms: Decimal
    function_log_bytes: Decimal
    direct_events_per_record: Decimal
    http_request_ms: Decimal
    http_record_ms: Decimal
    http_log_bytes: Decimal
    job_start_up_seconds: Decimal
    job_base_seconds: Decimal
    job_new_record_seconds: Decimal
    job_day_record_seconds: Decimal
    refresh_put_requests: Decimal
    refresh_get_requests: Decimal
    gets_per_earlier_refresh: Decimal
    refresh_catalog_requests: Decimal
    refresh_log_bytes: Decimal
    iceberg_tables: Decimal
    maintenance_statement_seconds: Decimal
    maintenance_put_requests: Decimal
    maintenance_get_requests: Decimal
    maintenance_catalog_requests: Decimal
    look_back_hours: Decimal
    bronze_bytes: Decimal
    table_bytes: Decimal
    kms_callers: Decimal
    log_compression: Decimal
    spark_start_up_seconds: Decimal
    spark_base_seconds: Decimal
    spark_core_seconds_per_record: Decimal


@cache
def bases() -> Mapping[str, tuple[Decimal, str]]:
    """Each assumption's value and basis, in the order of the file."""
    document = yaml.safe_load(files(__package__).joinpath("assumptions.yaml").read_text())
    return {name: (Decimal(str(entry["value"])), entry["basis"]) for name, entry in document.items()}


@cache
def assumptions() -> Assumptions:
    """The assumptions that this version carries."""
    return Assumptions.model_validate({name: value for name, (value, _) in bases().items()})

"""A month's quantities from a scenario, Terraform's variables and the assumptions."""

from collections.abc import Callable
from decimal import Decimal

from orderlake.cost.assumptions import Assumptions
from orderlake.cost.flow import batches_per_day, rounded_up, shards_needed
from orderlake.cost.http_api import http_api_day
from orderlake.cost.jobs import RefreshTime, maintenance_day, shell_day
from orderlake.cost.scenario import DAYS_OF_MONTH, Scenario
from orderlake.cost.terraform_settings import TerraformSettings

Usage = dict[str, Decimal]
GIBIBYTE = Decimal(1024**3)

_PUT_UNIT_BYTES = 25 * 1024
_FIREHOSE_STEP_BYTES = 5 * 1024
# What Firehose gathers for its function unless told otherwise.
_PROCESSOR_BYTES = Decimal(1024**2)
_ATHENA_LEAST_BYTES = Decimal(10 * 1024**2)
_SMALLEST_TRANSITION_BYTES = 128 * 1024
_VCPU_MEMORY_MB = 1769
_KMS_CALLS_PER_HOUR = 12
_LISTED_AT_ONCE = 1000
_STATEMENTS_OF_MAINTENANCE = 2
_RESULT_OBJECTS = 2


def month(
    scenario: Scenario,
    settings: TerraformSettings,
    assumptions: Assumptions,
    refresh: RefreshTime | None = None,
) -> Usage:
    """Quantities of an average month, by the names of the price list.

    `refresh` says what the jobs take in a day; by default the Python shell of `job_capacity`.
    """
    refresh = refresh or shell_day(scenario, Decimal(str(settings.job_capacity)), assumptions)
    function_calls = _invocations(scenario, settings, assumptions)
    objects = _bronze_objects(scenario, settings, function_calls)
    daily: Usage = {}
    parts: tuple[Callable[[], Usage], ...] = (
        lambda: _stream(scenario, settings, assumptions),
        lambda: _delivery(scenario, assumptions, function_calls),
        lambda: _function(scenario, settings, assumptions, function_calls),
        lambda: _refreshes(scenario, assumptions, refresh),
        lambda: _maintenance(scenario, settings, assumptions),
        lambda: _object_requests(scenario, settings, assumptions, objects),
        lambda: _queries(scenario, assumptions),
        lambda: _logs(scenario, settings, assumptions, function_calls),
        lambda: http_api_day(scenario, assumptions),
    )
    for part in parts:
        for name, quantity in part().items():
            daily[name] = daily.get(name, Decimal(0)) + quantity
    standing = _standing(scenario, settings, assumptions)
    return {name: quantity * DAYS_OF_MONTH for name, quantity in daily.items()} | standing


def _stream(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions) -> Usage:
    if scenario.profile == "direct":
        return {}
    records, size = scenario.records_per_day, scenario.bytes_per_record
    usage = {"kms.requests": 24 * _KMS_CALLS_PER_HOUR * assumptions.kms_callers}
    if settings.stream_mode == "ON_DEMAND":
        data = records * rounded_up(size, 1024) / GIBIBYTE
        kept_days = Decimal(settings.stream_retention_hours - 24) / 24
        return usage | {
            "kinesis.on_demand_hours": Decimal(24),
            "kinesis.on_demand_in_gb": data,
            "kinesis.on_demand_out_gb": data,
            "kinesis.on_demand_kept_gb_months": data * kept_days / DAYS_OF_MONTH,
        }
    shards = shards_of(scenario, settings, assumptions)
    usage |= {
        "kinesis.shard_hours": Decimal(24 * shards),
        "kinesis.put_units": records * rounded_up(size, _PUT_UNIT_BYTES) / _PUT_UNIT_BYTES,
    }
    if settings.stream_retention_hours > 24:
        usage["kinesis.extended_shard_hours"] = Decimal(24 * shards)
    return usage


def shards_of(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions) -> int:
    """The shards that Terraform is given, or more where the volume needs them."""
    needed = shards_needed(scenario.records_per_second, scenario.bytes_per_record, assumptions.peak_factor)
    return max(settings.shard_count, needed)


def _invocations(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions) -> Decimal:
    """Invocations a day: each shard's batches, or Firehose's."""
    if scenario.profile == "direct":
        largest = _PROCESSOR_BYTES / scenario.bytes_per_record
        return batches_per_day(
            scenario.records_per_day, Decimal(settings.ingest_batch_window_seconds), largest
        )
    shards = shards_of(scenario, settings, assumptions)
    # Lambda looks at a shard once a second at most.
    window = Decimal(max(1, settings.ingest_batch_window_seconds))
    of_shard = scenario.records_per_day / shards
    return shards * batches_per_day(of_shard, window, Decimal(settings.ingest_batch_size))


def _function(
    scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions, calls: Decimal
) -> Usage:
    milliseconds = (
        calls * assumptions.function_base_ms + scenario.records_per_day * assumptions.function_record_ms
    )
    gigabytes = Decimal(settings.ingest_memory_mb) / 1024
    return {
        "lambda.requests": calls,
        "lambda.gb_seconds": milliseconds / 1000 * gigabytes * function_slowdown(settings),
    }


def function_slowdown(settings: TerraformSettings) -> Decimal:
    """How much slower a function runs than on one whole processor, which 1,769 MB of memory buy."""
    return max(Decimal(1), Decimal(_VCPU_MEMORY_MB) / settings.ingest_memory_mb)


def _delivery(scenario: Scenario, assumptions: Assumptions, calls: Decimal) -> Usage:
    """Firehose bills in steps of 5 KB: a function's batch is one record, a producer's event is one too."""
    rejected = scenario.records_per_day * assumptions.rejected_share
    quarantine = rejected * _FIREHOSE_STEP_BYTES
    if scenario.profile == "direct":
        packed = assumptions.direct_events_per_record
        records = scenario.records_per_day / packed
        bronze = records * rounded_up(scenario.bytes_per_record * packed, _FIREHOSE_STEP_BYTES)
    else:
        batch = scenario.records_per_day / calls * (scenario.bytes_per_record + assumptions.envelope_bytes)
        # On average half a step is lost.
        bronze = calls * max(Decimal(_FIREHOSE_STEP_BYTES), batch + Decimal(_FIREHOSE_STEP_BYTES) / 2)
    return {
        "firehose.ingested_gb": (bronze + quarantine) / GIBIBYTE,
        "firehose.converted_gb": bronze / GIBIBYTE,
    }


def _bronze_objects(scenario: Scenario, settings: TerraformSettings, calls: Decimal) -> Decimal:
    arrivals = scenario.records_per_day if scenario.profile == "direct" else calls
    size = scenario.records_per_day * scenario.bytes_per_record / arrivals
    largest = settings.delivery_buffer_mb * 1024 * 1024 / size
    return batches_per_day(arrivals, Decimal(settings.delivery_buffer_seconds), largest)


def _refreshes(scenario: Scenario, assumptions: Assumptions, refresh: RefreshTime) -> Usage:
    return {
        "glue.start_up_dpu_hours": refresh.start_up_dpu_hours,
        "glue.dpu_hours": refresh.work_dpu_hours,
        "glue.catalog_requests": scenario.refreshes_per_day * assumptions.refresh_catalog_requests,
    }


def _maintenance(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions) -> Usage:
    """Athena compacts and vacuums each table; at least 10 MB are billed for each statement."""
    runs = Decimal(settings.maintenances_per_day)
    tables = assumptions.iceberg_tables
    statements = tables * _STATEMENTS_OF_MAINTENANCE
    time = maintenance_day(runs, statements, Decimal(str(settings.job_capacity)), assumptions)
    rewritten = scenario.records_per_day * assumptions.table_bytes
    return {
        "glue.start_up_dpu_hours": time.start_up_dpu_hours,
        "glue.dpu_hours": time.work_dpu_hours,
        "glue.catalog_requests": runs * tables * assumptions.maintenance_catalog_requests,
        "athena.scanned_tb": (runs * statements * _ATHENA_LEAST_BYTES + rewritten) / 1024**4,
        "s3.put_requests": runs * tables * assumptions.maintenance_put_requests,
        "s3.get_requests": runs * tables * assumptions.maintenance_get_requests,
    }


def _object_requests(
    scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions, objects: Decimal
) -> Usage:
    refreshes = scenario.refreshes_per_day
    rejected = scenario.records_per_day * assumptions.rejected_share
    quarantine = batches_per_day(rejected, Decimal(settings.delivery_buffer_seconds))
    # Maintenance compacts: until then each refresh reads what the ones before it wrote.
    earlier = (refreshes / max(1, settings.maintenances_per_day) - 1) / 2
    looked_at = assumptions.look_back_hours / 24 * refreshes
    listings = refreshes * (assumptions.look_back_hours / 24 * objects / _LISTED_AT_ONCE)
    reads = assumptions.refresh_get_requests + assumptions.gets_per_earlier_refresh * max(earlier, Decimal(0))
    usage = {
        "s3.put_requests": objects
        + quarantine
        + listings
        + refreshes * assumptions.refresh_put_requests
        # A refresh leaves a checkpoint for each hour of arrival that it took from.
        + refreshes
        + 24
        + assumptions.queries_per_day * _RESULT_OBJECTS,
        # HEAD and GET of each new object, and one of the ledger; a checkpoint of each run in the look-back.
        "s3.get_requests": 3 * objects + refreshes * (reads + looked_at),
    }
    if scenario.records_per_day * assumptions.bronze_bytes / objects >= _SMALLEST_TRANSITION_BYTES:
        usage["s3.transitions"] = objects
    return usage


def _queries(scenario: Scenario, assumptions: Assumptions) -> Usage:
    lake = scenario.records_per_day * DAYS_OF_MONTH * assumptions.months_kept * assumptions.table_bytes
    scanned = max(_ATHENA_LEAST_BYTES, lake * assumptions.scanned_share)
    return {
        "athena.scanned_tb": assumptions.queries_per_day * scanned / 1024**4,
        "glue.catalog_requests": assumptions.queries_per_day * 5,
    }


def _logs(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions, calls: Decimal) -> Usage:
    size = (
        calls * assumptions.function_log_bytes + scenario.refreshes_per_day * assumptions.refresh_log_bytes
    ) / GIBIBYTE
    kept = size * Decimal(settings.log_retention_days) / DAYS_OF_MONTH * assumptions.log_compression
    return {"logs.ingested_gb": size, "logs.stored_gb_months": kept}


def _standing(scenario: Scenario, settings: TerraformSettings, assumptions: Assumptions) -> Usage:
    stored = assumptions.bronze_bytes + assumptions.table_bytes
    month_bytes = scenario.records_per_day * DAYS_OF_MONTH * stored
    absent_alarms = settings.stream_alarm_metrics if scenario.profile == "direct" else 0
    if not scenario.http_requests_per_day:
        absent_alarms += settings.http_api_alarm_metrics
    has_key = scenario.profile == "stream" and not settings.stream_kms_key.startswith("alias/aws/")
    return {
        "s3.storage_gb_months": month_bytes * assumptions.months_kept / GIBIBYTE,
        "cloudwatch.alarms": Decimal(settings.alarm_metrics - absent_alarms),
        "cloudwatch.metrics": assumptions.custom_metrics
        + (assumptions.detailed_metrics if settings.alarms == "all" else 0),
        "cloudwatch.dashboards": Decimal(1),
        "glue.catalog_objects": assumptions.catalog_objects,
        "kms.keys": Decimal(int(has_key)),
    }

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {
  count = var.offline ? 0 : 1
}

locals {
  name       = "orderlake-${var.environment}"
  account_id = var.offline ? "000000000000" : data.aws_caller_identity.current[0].account_id
  sql_dir    = "${path.root}/../../sql"
  artefacts  = startswith(var.artefacts_dir, "/") ? var.artefacts_dir : "${path.root}/${var.artefacts_dir}"

  stack_parameter     = "/orderlake/${var.environment}/stack"
  stack_parameter_arn = "arn:${data.aws_partition.current.partition}:ssm:${var.region}:${local.account_id}:parameter${local.stack_parameter}"

  prefixes = {
    bronze          = module.lake.bronze.location
    quarantine      = module.lake.quarantine.location
    quarantine_raw  = "quarantine/raw/"
    delivery_failed = "delivery-failed/"
    # Lambda chooses the keys of a mapping's S3 destination itself; there is no setting for them.
    on_failure  = "aws/lambda/"
    audit       = "audit/"
    checkpoints = "checkpoints/"
    silver      = "silver/"
    gold        = "gold/"
  }
}

module "lake" {
  source = "./modules/lake"

  name                         = local.name
  account_id                   = local.account_id
  database                     = var.database
  sql_dir                      = local.sql_dir
  arrivals_since               = var.arrivals_since
  destroy_data                 = var.destroy_data
  infrequent_access_after_days = var.infrequent_access_after_days
  noncurrent_days              = var.noncurrent_days
  query_result_days            = var.query_result_days
}

module "stream" {
  source = "./modules/stream"

  name            = local.name
  mode            = var.stream_mode
  shard_count     = var.shard_count
  retention_hours = var.stream_retention_hours
  kms_key         = var.stream_kms_key
}

module "delivery" {
  source = "./modules/delivery"

  name                   = local.name
  account_id             = local.account_id
  region                 = var.region
  lake_bucket            = module.lake.lake_bucket
  bronze                 = module.lake.bronze
  quarantine             = module.lake.quarantine
  database               = module.lake.database
  delivery_failed_prefix = local.prefixes.delivery_failed
  buffer_seconds         = var.delivery_buffer_seconds
  buffer_mb              = var.delivery_buffer_mb
  log_retention_days     = var.log_retention_days
}

module "consumer" {
  source = "./modules/consumer"

  name                 = local.name
  archive              = "${local.artefacts}/${one(fileset(local.artefacts, "order-ingest-*.zip"))}"
  artifacts_bucket     = module.lake.artifacts_bucket
  lake_bucket          = module.lake.lake_bucket
  quarantine_raw       = local.prefixes.quarantine_raw
  on_failure           = local.prefixes.on_failure
  stream               = module.stream.stream
  bronze_delivery      = module.delivery.bronze
  quarantine_delivery  = module.delivery.quarantine
  pseudonym_key        = { name = aws_ssm_parameter.pseudonymisation_key.name, arn = aws_ssm_parameter.pseudonymisation_key.arn }
  batch_size           = var.ingest_batch_size
  batch_window_seconds = var.ingest_batch_window_seconds

  parallelization_factor = var.ingest_parallelization_factor
  max_retry_attempts     = var.ingest_max_retry_attempts
  max_record_age_seconds = var.ingest_max_record_age_seconds

  memory_mb          = var.ingest_memory_mb
  log_retention_days = var.log_retention_days
}

module "jobs" {
  source = "./modules/jobs"

  name                = local.name
  account_id          = local.account_id
  region              = var.region
  package             = "${local.artefacts}/${one(fileset(local.artefacts, "orderlake_glue-*.whl"))}"
  libraries           = try("${local.artefacts}/${one(fileset(local.artefacts, "orderlake_glue_libraries-*.whl"))}", null)
  engine              = var.engine
  spark_worker_type   = var.spark_worker_type
  spark_workers       = var.spark_workers
  scripts_dir         = "${path.root}/../../glue/jobs"
  sql_dir             = local.sql_dir
  results_bucket      = module.lake.results_bucket
  workgroup           = module.query.workgroup
  artifacts_bucket    = module.lake.artifacts_bucket
  lake_bucket         = module.lake.lake_bucket
  database            = module.lake.database
  stream              = module.stream.stream
  prefixes            = local.prefixes
  stack_parameter     = local.stack_parameter
  stack_parameter_arn = local.stack_parameter_arn
  schedule            = var.job_schedule
  schedule_enabled    = var.job_schedule_enabled
  timeout_minutes     = var.job_timeout_minutes
  capacity            = var.job_capacity
  log_retention_days  = var.log_retention_days
  manage_log_groups   = var.manage_job_log_groups
}

module "query" {
  source = "./modules/query"

  name                 = local.name
  database             = module.lake.database
  results_bucket       = module.lake.results_bucket
  sql_dir              = local.sql_dir
  bytes_scanned_cutoff = var.bytes_scanned_cutoff
  destroy_data         = var.destroy_data
}

module "observability" {
  source = "./modules/observability"

  name                = local.name
  environment         = var.environment
  account_id          = local.account_id
  region              = var.region
  stream_name         = module.stream.stream.name
  ingest_function     = module.consumer.function_name
  bronze_delivery     = module.delivery.bronze.name
  quarantine_delivery = module.delivery.quarantine.name
  job_names           = module.jobs.job_names
  buffer_seconds      = var.delivery_buffer_seconds
  lag_seconds         = var.lag_alarm_seconds
  lag_periods         = var.lag_alarm_periods
  live_seconds        = var.lag_alarm_seconds + var.delivery_buffer_seconds + 120
  job_late_hours      = var.job_late_hours
  rejected_percent    = var.rejected_alarm_percent
  alarms              = var.alarms
  runbook_base_url    = var.runbook_base_url
  alarm_email         = var.alarm_email
  monthly_budget_usd  = var.monthly_budget_usd

  ingest_timeout_seconds = module.consumer.timeout_seconds
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {
  count = var.offline ? 0 : 1
}

locals {
  name       = "orderlake-${var.environment}"
  account_id = var.offline ? "000000000000" : data.aws_caller_identity.current[0].account_id
  is_direct  = var.profile == "direct"
  sql_dir    = "${path.root}/../../sql"
  artefacts  = startswith(var.artefacts_dir, "/") ? var.artefacts_dir : "${path.root}/${var.artefacts_dir}"

  archive       = "${local.artefacts}/${one(fileset(local.artefacts, "order-ingest-*.zip"))}"
  pseudonym_key = { name = aws_ssm_parameter.pseudonymisation_key.name, arn = aws_ssm_parameter.pseudonymisation_key.arn }
  stream_name   = one(concat(module.stream[*].stream.name, local.is_direct ? [module.delivery.bronze.name] : []))
  # The one function that validates; what it is called by depends on the profile.
  ingest_function = one(concat(module.consumer[*].function, module.transform[*].function))

  # Where records lie, as they came, that the function could not deal with.
  given_up = local.is_direct ? "${local.prefixes.delivery_failed}bronze/processing-failed/" : local.prefixes.on_failure

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
    landing     = "landing/"
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
  refused_prefixes             = [local.prefixes.quarantine, local.prefixes.quarantine_raw, "${local.prefixes.delivery_failed}quarantine/", local.given_up]
  manifests_prefix             = "${local.prefixes.audit}runs/"
  quarantine_days              = var.quarantine_days
  quarantine_readers           = local.quarantine_readers
  landing_prefix               = local.prefixes.landing
  landing_days                 = var.landing_days
  noncurrent_days              = var.noncurrent_days
  query_result_days            = var.query_result_days
  kms_key                      = var.kms_key
}

locals {
  # Silver puts its own refusals there, and looks at what it put; file-ingest reads what is dropped.
  quarantine_readers = length(var.quarantine_readers) == 0 ? [] : concat(var.quarantine_readers, [
    "arn:${data.aws_partition.current.partition}:iam::${local.account_id}:role/${local.name}-silver-job",
    local.landing_role,
  ])
}

module "stream" {
  source = "./modules/stream"
  count  = local.is_direct ? 0 : 1

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

  transform = local.is_direct ? {
    function_arn   = module.transform[0].function.arn
    buffer_seconds = var.ingest_batch_window_seconds
    retries        = min(var.ingest_max_retry_attempts, 300)
  } : null
  kms_key = var.kms_key
}

module "transform" {
  source = "./modules/transform"
  count  = local.is_direct ? 1 : 0

  name                = local.name
  archive             = local.archive
  artifacts_bucket    = module.lake.artifacts_bucket
  lake_bucket         = module.lake.lake_bucket
  quarantine_raw      = local.prefixes.quarantine_raw
  quarantine_delivery = module.delivery.quarantine
  pseudonym_key       = local.pseudonym_key
  memory_mb           = var.ingest_memory_mb
  detailed_metrics    = var.alarms == "all"
  log_retention_days  = var.log_retention_days
  kms_key             = var.kms_key
}

module "consumer" {
  source = "./modules/consumer"
  count  = local.is_direct ? 0 : 1

  name                 = local.name
  archive              = local.archive
  artifacts_bucket     = module.lake.artifacts_bucket
  lake_bucket          = module.lake.lake_bucket
  quarantine_raw       = local.prefixes.quarantine_raw
  on_failure           = local.prefixes.on_failure
  stream               = module.stream[0].stream
  bronze_delivery      = module.delivery.bronze
  quarantine_delivery  = module.delivery.quarantine
  pseudonym_key        = local.pseudonym_key
  batch_size           = var.ingest_batch_size
  batch_window_seconds = var.ingest_batch_window_seconds

  parallelization_factor = var.ingest_parallelization_factor
  max_retry_attempts     = var.ingest_max_retry_attempts
  max_record_age_seconds = var.ingest_max_record_age_seconds

  memory_mb          = var.ingest_memory_mb
  detailed_metrics   = var.alarms == "all"
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key
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
  stream              = one(module.stream[*].stream)
  prefixes            = local.prefixes
  stack_parameter     = local.stack_parameter
  stack_parameter_arn = local.stack_parameter_arn
  pseudonym_key_arn   = aws_ssm_parameter.pseudonymisation_key.arn
  schedule            = var.job_schedule
  schedule_enabled    = var.job_schedule_enabled
  timeout_minutes     = var.job_timeout_minutes
  capacity            = var.job_capacity
  log_retention_days  = var.log_retention_days
  manage_log_groups   = var.manage_job_log_groups
  kms_key             = var.kms_key
}

module "query" {
  source = "./modules/query"

  name                 = local.name
  database             = module.lake.database
  results_bucket       = module.lake.results_bucket
  sql_dir              = local.sql_dir
  bytes_scanned_cutoff = var.bytes_scanned_cutoff
  destroy_data         = var.destroy_data
  kms_key              = var.kms_key
}

module "observability" {
  source = "./modules/observability"

  name                = local.name
  environment         = var.environment
  account_id          = local.account_id
  region              = var.region
  stream_name         = one(module.stream[*].stream.name)
  ingest_function     = local.ingest_function.name
  landing_function    = module.landing.function_name
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
  kms_key             = var.kms_key

  http_api               = var.http_api == null ? null : { id = one(module.http_api[*].id) }
  ingest_service         = local.is_direct ? "order-transform" : "order-ingest"
  ingest_timeout_seconds = local.ingest_function.timeout_seconds
}

module "quicksight" {
  source = "./modules/quicksight"
  count  = var.quicksight_owner == null ? 0 : 1

  name         = local.name
  owner        = var.quicksight_owner
  database     = module.lake.database
  workgroup    = module.query.workgroup
  sql_dir      = local.sql_dir
  visuals_file = "${path.root}/../../dashboards/quicksight.yaml"
}

module "crawler" {
  source = "./modules/crawler"
  count  = var.crawl_bronze ? 1 : 0

  name        = local.name
  account_id  = local.account_id
  region      = var.region
  lake_bucket = module.lake.lake_bucket
  database    = module.lake.database
  prefix      = local.prefixes.bronze
  kms_key     = var.kms_key
}

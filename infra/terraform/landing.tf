# Files that are dropped in S3: the landing zone.

variable "landing_days" {
  description = "How long files that were taken in, or could not be, are kept under landing/done/ and landing/failed/ with their reports. They hold personal data as they came."
  type        = number
  default     = 30

  validation {
    condition     = var.landing_days >= 1
    error_message = "landing_days must be at least 1."
  }
}

variable "landing_memory_mb" {
  description = "Memory of file-ingest; at 1769 Lambda gives it a whole processor."
  type        = number
  default     = 1769

  validation {
    condition     = var.landing_memory_mb >= 256 && var.landing_memory_mb <= 10240
    error_message = "landing_memory_mb must be 256 to 10240."
  }
}

locals {
  landing_archive = "${local.artefacts}/${one(fileset(local.artefacts, "file-ingest-*.zip"))}"
  # Named here because the lake's policy lets it in before its role is made.
  landing_role = "arn:${data.aws_partition.current.partition}:iam::${local.account_id}:role/${local.name}-file-ingest"
}

module "landing" {
  source = "./modules/landing"

  name               = local.name
  account_id         = local.account_id
  region             = var.region
  archive            = local.landing_archive
  artifacts_bucket   = module.lake.artifacts_bucket
  lake_bucket        = module.lake.lake_bucket
  prefix             = local.prefixes.landing
  manifests_prefix   = "${local.prefixes.audit}runs/"
  profile            = var.profile
  sends_to           = one(concat(module.stream[*].stream, local.is_direct ? [{ name = module.delivery.bronze.name, arn = module.delivery.bronze.arn, kms_key = null }] : []))
  shop_timezone      = var.shop_timezone
  memory_mb          = var.landing_memory_mb
  detailed_metrics   = var.alarms == "all"
  alarm_topic_arn    = module.observability.topic_arn
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key
}

output "landing_prefix" {
  description = "Where files are dropped in the lake's bucket."
  value       = local.prefixes.landing
}

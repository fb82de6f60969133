# order-transform: validates what producers put straight into Firehose. What is good goes back to Firehose for bronze,
# the rest into quarantine.

module "function" {
  source = "../function"

  name               = var.name
  service            = "order-transform"
  description        = "Validates order events on their way into bronze; the others go to quarantine with a reason."
  handler            = "stream_processors.order_transform.handler.handler"
  archive            = var.archive
  artifacts_bucket   = var.artifacts_bucket
  memory_mb          = var.memory_mb
  timeout_seconds    = 60
  policy             = data.aws_iam_policy_document.order_transform.json
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key

  environment = {
    QUARANTINE_DELIVERY_STREAM = var.quarantine_delivery.name
    LAKE_BUCKET                = var.lake_bucket.name
    QUARANTINE_RAW_PREFIX      = var.quarantine_raw
    PSEUDONYM_KEY_PARAMETER    = var.pseudonym_key.name
    DETAILED_METRICS           = var.detailed_metrics
  }
}

# order-ingest: validates what the stream brings, and hands it to one of two Firehose streams.

module "function" {
  source = "../function"

  name               = var.name
  service            = "order-ingest"
  description        = "Validates order events; the good go to bronze, the others to quarantine with a reason."
  handler            = "stream_processors.order_ingest.handler.handler"
  archive            = var.archive
  artifacts_bucket   = var.artifacts_bucket
  memory_mb          = var.memory_mb
  timeout_seconds    = 60
  policy             = data.aws_iam_policy_document.order_ingest.json
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key

  environment = {
    BRONZE_DELIVERY_STREAM     = var.bronze_delivery.name
    QUARANTINE_DELIVERY_STREAM = var.quarantine_delivery.name
    LAKE_BUCKET                = var.lake_bucket.name
    QUARANTINE_RAW_PREFIX      = var.quarantine_raw
    PSEUDONYM_KEY_PARAMETER    = var.pseudonym_key.name
    DETAILED_METRICS           = var.detailed_metrics
  }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn                   = var.stream.arn
  function_name                      = module.function.function.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batch_window_seconds
  parallelization_factor             = var.parallelization_factor
  function_response_types            = ["ReportBatchItemFailures"]

  # A shard never stands still for longer than the retries take, or the age allows.
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = var.max_retry_attempts
  maximum_record_age_in_seconds  = var.max_record_age_seconds

  # What is given up ends here, whole: only S3 is given the records themselves.
  destination_config {
    on_failure {
      destination_arn = var.lake_bucket.arn
    }
  }
}

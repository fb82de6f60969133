# order-ingest: validates what the stream brings, and hands it to one of two Firehose streams.

locals {
  function_name = "${var.name}-order-ingest"
}

# The key holds the hash: a change of code is a new object and an update of the function.
resource "aws_s3_object" "archive" {
  bucket = var.artifacts_bucket.name
  key    = "functions/order_ingest/${filesha256(var.archive)}.zip"
  source = var.archive
}

resource "aws_lambda_function" "order_ingest" {
  #checkov:skip=CKV_AWS_50:X-Ray is asked for where it is wanted (POWERTOOLS_TRACE_DISABLED); metrics and ledgers say what matters
  #checkov:skip=CKV_AWS_115:Shards times `parallelization_factor` bound it; a reserve would take from the account's other functions
  #checkov:skip=CKV_AWS_116:Nothing invokes it asynchronously: what it cannot take the mapping gives up to the lake's bucket, whole
  #checkov:skip=CKV_AWS_117:It calls AWS's services only; in a VPC it would need endpoints that are paid by the hour
  #checkov:skip=CKV_AWS_173:The variables are names and hold no secret; Lambda encrypts them with its own key unless `kms_key` is given
  #checkov:skip=CKV_AWS_272:The archive comes from this stack's own bucket and is named by its hash
  function_name    = local.function_name
  description      = "Validates order events; the good go to bronze, the others to quarantine with a reason."
  role             = aws_iam_role.order_ingest.arn
  handler          = "stream_processors.order_ingest.handler.handler"
  runtime          = "python3.13"
  architectures    = ["x86_64"]
  memory_size      = var.memory_mb
  timeout          = 60
  s3_bucket        = aws_s3_object.archive.bucket
  s3_key           = aws_s3_object.archive.key
  source_code_hash = filebase64sha256(var.archive)
  kms_key_arn      = var.kms_key

  environment {
    variables = {
      BRONZE_DELIVERY_STREAM       = var.bronze_delivery.name
      QUARANTINE_DELIVERY_STREAM   = var.quarantine_delivery.name
      LAKE_BUCKET                  = var.lake_bucket.name
      QUARANTINE_RAW_PREFIX        = var.quarantine_raw
      PSEUDONYM_KEY_PARAMETER      = var.pseudonym_key.name
      DETAILED_METRICS             = var.detailed_metrics
      POWERTOOLS_SERVICE_NAME      = "order-ingest"
      POWERTOOLS_METRICS_NAMESPACE = "Orderlake"
      POWERTOOLS_LOG_LEVEL         = "INFO"
    }
  }

  # Else Lambda makes the group itself, and it is kept for ever.
  depends_on = [aws_cloudwatch_log_group.order_ingest, aws_iam_role_policy.order_ingest]
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn                   = var.stream.arn
  function_name                      = aws_lambda_function.order_ingest.arn
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

  # Lambda tries the role when the mapping is made.
  depends_on = [aws_iam_role_policy.order_ingest]
}

resource "aws_cloudwatch_log_group" "order_ingest" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}

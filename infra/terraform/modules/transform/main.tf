# order-transform: validates what producers put straight into Firehose. What is good goes back to Firehose for bronze,
# the rest into quarantine.

locals {
  function_name = "${var.name}-order-transform"
}

# The key holds the hash: a change of code is a new object and an update of the function.
resource "aws_s3_object" "archive" {
  bucket = var.artifacts_bucket.name
  key    = "functions/order_ingest/${filesha256(var.archive)}.zip"
  source = var.archive
}

resource "aws_lambda_function" "order_transform" {
  #checkov:skip=CKV_AWS_50:X-Ray is asked for where it is wanted (POWERTOOLS_TRACE_DISABLED); metrics and ledgers say what matters
  #checkov:skip=CKV_AWS_115:Firehose bounds it; a reserve would take from the account's other functions
  #checkov:skip=CKV_AWS_116:Nothing invokes it asynchronously: what it cannot take Firehose keeps under its error prefix, whole
  #checkov:skip=CKV_AWS_117:It calls AWS's services only; in a VPC it would need endpoints that are paid by the hour
  #checkov:skip=CKV_AWS_173:The variables are names and hold no secret; Lambda encrypts them with its own key unless `kms_key` is given
  #checkov:skip=CKV_AWS_272:The archive comes from this stack's own bucket and is named by its hash
  function_name    = local.function_name
  description      = "Validates order events on their way into bronze; the others go to quarantine with a reason."
  role             = aws_iam_role.order_transform.arn
  handler          = "stream_processors.order_transform.handler.handler"
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
      QUARANTINE_DELIVERY_STREAM   = var.quarantine_delivery.name
      LAKE_BUCKET                  = var.lake_bucket.name
      QUARANTINE_RAW_PREFIX        = var.quarantine_raw
      PSEUDONYM_KEY_PARAMETER      = var.pseudonym_key.name
      DETAILED_METRICS             = var.detailed_metrics
      POWERTOOLS_SERVICE_NAME      = "order-transform"
      POWERTOOLS_METRICS_NAMESPACE = "Orderlake"
      POWERTOOLS_LOG_LEVEL         = "INFO"
    }
  }

  # Else Lambda makes the group itself, and it is kept for ever.
  depends_on = [aws_cloudwatch_log_group.order_transform, aws_iam_role_policy.order_transform]
}

resource "aws_cloudwatch_log_group" "order_transform" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}

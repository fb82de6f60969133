# A Lambda function with its role and its log: what all functions of the pipeline share.

locals {
  name = "${var.name}-${var.service}"
}

# The key holds the hash: a change of code is a new object and an update of the function.
resource "aws_s3_object" "archive" {
  bucket = var.artifacts_bucket.name
  key    = "functions/${replace(var.service, "-", "_")}/${filesha256(var.archive)}.zip"
  source = var.archive
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:X-Ray is asked for where it is wanted (POWERTOOLS_TRACE_DISABLED); metrics and ledgers say what matters
  #checkov:skip=CKV_AWS_115:What invokes it bounds it; a reserve would take from the account's other functions
  #checkov:skip=CKV_AWS_116:Who invokes it keeps what it cannot take: the mapping in the lake's bucket, Firehose under its error prefix, S3 where it was dropped, whole; the HTTP API tells its caller
  #checkov:skip=CKV_AWS_117:It calls AWS's services only; in a VPC it would need endpoints that are paid by the hour
  #checkov:skip=CKV_AWS_173:The variables are names and hold no secret; Lambda encrypts them with its own key unless `kms_key` is given
  #checkov:skip=CKV_AWS_272:The archive comes from this stack's own bucket and is named by its hash
  function_name    = local.name
  description      = var.description
  role             = aws_iam_role.this.arn
  handler          = var.handler
  runtime          = "python3.13"
  architectures    = ["x86_64"]
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds
  s3_bucket        = aws_s3_object.archive.bucket
  s3_key           = aws_s3_object.archive.key
  source_code_hash = filebase64sha256(var.archive)
  kms_key_arn      = var.kms_key

  environment {
    variables = merge(var.environment, {
      POWERTOOLS_SERVICE_NAME      = var.service
      POWERTOOLS_METRICS_NAMESPACE = "Orderlake"
      POWERTOOLS_LOG_LEVEL         = "INFO"
    })
  }

  # Else Lambda makes the group itself, and it is kept for ever; and whoever is told to call it finds the role ready.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}

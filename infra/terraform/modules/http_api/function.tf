# order-api: checks what is posted, puts it on the stream, and answers once the stream has it.

module "function" {
  source = "../function"

  name               = var.name
  service            = "order-api"
  description        = "Takes order events over HTTP; answers once the stream has them."
  handler            = "stream_processors.order_api.handler.handler"
  archive            = var.archive
  artifacts_bucket   = var.artifacts_bucket
  memory_mb          = 512
  timeout_seconds    = 29
  policy             = data.aws_iam_policy_document.order_api.json
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key

  environment = {
    STREAM_NAME      = var.stream.name
    PROFILE          = var.profile
    LAKE_BUCKET      = var.lake_bucket.name
    MANIFEST_SECONDS = var.settings.manifest_seconds
  }
}

data "aws_iam_policy_document" "order_api" {
  statement {
    sid       = "Send"
    actions   = [var.profile == "direct" ? "firehose:PutRecordBatch" : "kinesis:PutRecords"]
    resources = [var.stream.arn]
  }

  # AWS's own key needs no grant: its policy lets the account's principals use it through Kinesis.
  dynamic "statement" {
    for_each = var.stream.kms_key == null ? [] : [var.stream.kms_key]

    content {
      sid       = "EncryptStream"
      actions   = ["kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "KeepManifests"
    actions   = ["s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${var.manifests_prefix}api-*"]
  }
}

data "aws_iam_policy_document" "file_ingest" {
  statement {
    sid       = "ReadLanded"
    actions   = ["s3:GetObjectVersion"]
    resources = ["${var.lake_bucket.arn}/${var.prefix}*"]
  }

  statement {
    sid       = "MoveAside"
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${var.prefix}done/*", "${var.lake_bucket.arn}/${var.prefix}failed/*"]
  }

  statement {
    sid       = "TakeAway"
    actions   = ["s3:DeleteObjectVersion"]
    resources = ["${var.lake_bucket.arn}/${var.prefix}*"]
  }

  statement {
    sid       = "KeepManifests"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${var.manifests_prefix}land-*"]
  }

  # Without it S3 calls what is not there forbidden.
  statement {
    sid       = "FindObjects"
    actions   = ["s3:ListBucket"]
    resources = [var.lake_bucket.arn]
  }

  statement {
    sid       = "Send"
    actions   = var.profile == "direct" ? ["firehose:PutRecordBatch"] : ["kinesis:ListShards", "kinesis:PutRecords"]
    resources = [var.sends_to.arn]
  }

  # AWS's own key needs no grant: its policy lets the account's principals use it through Kinesis.
  dynamic "statement" {
    for_each = var.sends_to.kms_key == null ? [] : [var.sends_to.kms_key]

    content {
      sid       = "EncryptForStream"
      actions   = ["kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "GoOn"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.function_arn]
  }

  statement {
    sid       = "TellFailure"
    actions   = ["sns:Publish"]
    resources = [var.alarm_topic_arn]
  }
}

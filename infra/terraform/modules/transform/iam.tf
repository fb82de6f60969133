data "aws_iam_policy_document" "order_transform" {
  statement {
    sid       = "Quarantine"
    actions   = ["firehose:PutRecordBatch"]
    resources = [var.quarantine_delivery.arn]
  }

  # The parameter's key is AWS's own, which needs no grant.
  statement {
    sid       = "ReadPseudonymKey"
    actions   = ["ssm:GetParameter"]
    resources = [var.pseudonym_key.arn]
  }

  statement {
    sid       = "KeepLargeRecords"
    actions   = ["s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${var.quarantine_raw}*"]
  }
}

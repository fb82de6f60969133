data "aws_iam_policy_document" "order_ingest" {
  statement {
    sid = "ReadStream"
    actions = [
      "kinesis:DescribeStream",
      "kinesis:DescribeStreamSummary",
      "kinesis:GetRecords",
      "kinesis:GetShardIterator",
      "kinesis:ListShards",
    ]
    resources = [var.stream.arn]
  }

  # AWS's own key needs no grant: its policy lets the account's principals use it through Kinesis.
  dynamic "statement" {
    for_each = var.stream.kms_key == null ? [] : [var.stream.kms_key]

    content {
      sid       = "DecryptStream"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "Deliver"
    actions   = ["firehose:PutRecordBatch"]
    resources = [var.bronze_delivery.arn, var.quarantine_delivery.arn]
  }

  # The parameter's key is AWS's own, which needs no grant either.
  statement {
    sid       = "ReadPseudonymKey"
    actions   = ["ssm:GetParameter"]
    resources = [var.pseudonym_key.arn]
  }

  statement {
    sid       = "KeepLargeRecordsAndGivenUpOnes"
    actions   = ["s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${var.quarantine_raw}*", "${var.lake_bucket.arn}/${var.on_failure}*"]
  }

  # Lambda asks for it where a mapping's destination is a bucket.
  statement {
    sid       = "FindBucket"
    actions   = ["s3:ListBucket"]
    resources = [var.lake_bucket.arn]
  }
}

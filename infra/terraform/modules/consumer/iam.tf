data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

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

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.order_ingest.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      sid       = "UseKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "order_ingest" {
  name               = local.function_name
  description        = "Lambda function ${local.function_name}."
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "order_ingest" {
  name   = "ingest"
  role   = aws_iam_role.order_ingest.id
  policy = data.aws_iam_policy_document.order_ingest.json
}

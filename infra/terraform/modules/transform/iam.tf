data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

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

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.order_transform.arn}:*"]
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

resource "aws_iam_role" "order_transform" {
  name               = local.function_name
  description        = "Lambda function ${local.function_name}."
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "order_transform" {
  name   = "transform"
  role   = aws_iam_role.order_transform.id
  policy = data.aws_iam_policy_document.order_transform.json
}

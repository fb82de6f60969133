data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "this" {
  for_each = local.streams

  statement {
    sid       = "WriteObjects"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.lake_bucket.arn}/${each.value.location}*", "${var.lake_bucket.arn}/${var.delivery_failed_prefix}${each.key}/*"]
  }

  statement {
    sid       = "FindBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.lake_bucket.arn]
  }

  statement {
    sid       = "ReportErrors"
    actions   = ["logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this[each.key].arn}:log-stream:${aws_cloudwatch_log_stream.this[each.key].name}"]
  }

  dynamic "statement" {
    for_each = each.key == "bronze" ? [each.value] : []

    content {
      sid     = "ReadSchema"
      actions = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
      # Glue checks the catalogue and the database on the way to a table.
      resources = [
        "arn:${data.aws_partition.current.partition}:glue:${var.region}:${var.account_id}:catalog",
        var.database.arn,
        statement.value.arn,
      ]
    }
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

resource "aws_iam_role" "this" {
  for_each = local.streams

  name               = "${var.name}-${each.key}-delivery"
  description        = "Firehose stream ${var.name}-${each.key}."
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.streams

  name   = "deliver"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json
}

# Apart from the others: the function comes after the quarantine stream, and that after its role.
data "aws_iam_policy_document" "transform" {
  for_each = local.processors

  statement {
    sid       = "Transform"
    actions   = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
    resources = [each.value.function_arn, "${each.value.function_arn}:$LATEST"]
  }
}

resource "aws_iam_role_policy" "transform" {
  for_each = local.processors

  name   = "transform"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.transform[each.key].json
}

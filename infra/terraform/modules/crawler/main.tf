# Registers bronze's partitions in a table of its own, for engines that cannot project them: partition projection
# is Athena's alone (docs/adr/stack-crawler-is-an-option.md).

locals {
  table_prefix = "crawled_"
  arn          = "arn:${data.aws_partition.current.partition}"
}

data "aws_partition" "current" {}

resource "aws_glue_crawler" "this" {
  #checkov:skip=CKV_AWS_195:It writes log lines and no data; a security configuration would encrypt nothing more

  name          = "${var.name}-bronze"
  description   = "Registers new hours of bronze, for engines other than Athena."
  role          = aws_iam_role.this.arn
  database_name = var.database.name
  table_prefix  = local.table_prefix
  schedule      = var.schedule

  s3_target {
    path = "s3://${var.lake_bucket.name}/${var.prefix}"
  }

  # Hours that were crawled do not change.
  recrawl_policy {
    recrawl_behavior = "CRAWL_NEW_FOLDERS_ONLY"
  }

  # The only ones that go with new folders only.
  schema_change_policy {
    update_behavior = "LOG"
    delete_behavior = "LOG"
  }

  depends_on = [aws_iam_role_policy.this]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "ReadData"
    actions   = ["s3:GetObject"]
    resources = ["${var.lake_bucket.arn}/${var.prefix}*"]
  }

  statement {
    sid       = "FindData"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.lake_bucket.arn]
  }

  dynamic "statement" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      sid       = "UseKey"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }

  statement {
    sid = "KeepTables"
    actions = [
      "glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:CreateTable", "glue:GetDatabase", "glue:GetPartitions",
      "glue:GetTable", "glue:GetTables", "glue:UpdatePartition", "glue:UpdateTable",
    ]
    resources = [
      "${local.arn}:glue:${var.region}:${var.account_id}:catalog",
      var.database.arn,
      "${local.arn}:glue:${var.region}:${var.account_id}:table/${var.database.name}/${local.table_prefix}*",
    ]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arn}:logs:${var.region}:${var.account_id}:log-group:/aws-glue/crawlers*"]
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-crawler"
  description        = "Glue crawler ${var.name}-bronze."
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  name   = "run"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

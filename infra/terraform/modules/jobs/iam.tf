data "aws_partition" "current" {}

locals {
  glue_arn = "arn:${data.aws_partition.current.partition}:glue:${var.region}:${var.account_id}"
  logs_arn = "arn:${data.aws_partition.current.partition}:logs:${var.region}:${var.account_id}"

  views = [for file in fileset(var.sql_dir, "*/view.sql") : dirname(file)]

  # Both jobs write down what their checks found.
  ledger  = "ledger_history"
  results = { table = "check_results", prefix = "${var.prefixes.gold}check_results/" }

  # What a job reads and what it owns: prefixes of the lake, and the beginnings of tables' names.
  reads = {
    silver = {
      prefixes = [var.prefixes.bronze, var.prefixes.audit, var.prefixes.on_failure, var.prefixes.delivery_failed]
      tables   = ["bronze_order_events"]
    }
    maintenance = { prefixes = [], tables = [] }

    gold = { prefixes = [var.prefixes.silver], tables = concat(["bronze_order_events", "quarantine_events", "silver_*"], local.views) }
  }
  owns = {
    silver = { prefixes = [var.prefixes.silver, var.prefixes.quarantine, "${var.prefixes.checkpoints}silver/", local.results.prefix], tables = ["silver_*", local.results.table, local.ledger] }
    # Athena compacts and deletes with the job's role.
    maintenance = { prefixes = [var.prefixes.silver, var.prefixes.gold], tables = ["silver_*", "gold_*", local.results.table, local.ledger] }

    gold = { prefixes = [var.prefixes.gold, "${var.prefixes.checkpoints}views/"], tables = concat(["gold_*", local.results.table], local.views) }
  }
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
  for_each = local.jobs

  statement {
    sid       = "FindNames"
    actions   = ["ssm:GetParameter"]
    resources = [var.stack_parameter_arn]
  }

  statement {
    sid     = "FetchCode"
    actions = ["s3:GetObject"]
    resources = [
      for file in concat([aws_s3_object.script[each.key]], local.python_files) : "${var.artifacts_bucket.arn}/${file.key}"
    ]
  }

  # pip asks where the bucket of --extra-py-files is.
  statement {
    sid       = "FindCode"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.artifacts_bucket.arn]
  }

  statement {
    sid       = "ReadData"
    actions   = ["s3:GetObject"]
    resources = [for prefix in concat(local.reads[each.key].prefixes, local.owns[each.key].prefixes) : "${var.lake_bucket.arn}/${prefix}*"]
  }

  statement {
    sid       = "KeepData"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
    resources = [for prefix in local.owns[each.key].prefixes : "${var.lake_bucket.arn}/${prefix}*"]
  }

  # Who was erased does not come back: silver writes bronze anew where it names them.
  dynamic "statement" {
    for_each = each.key == "silver" ? [1] : []

    content {
      sid       = "KeepErasedOut"
      actions   = ["s3:DeleteObjectVersion", "s3:PutObject"]
      resources = ["${var.lake_bucket.arn}/${var.prefixes.bronze}*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "silver" ? [1] : []

    content {
      sid       = "TellErased"
      actions   = ["ssm:GetParameter"]
      resources = [var.pseudonym_key_arn]
    }
  }

  # Who may not list is told "forbidden" where an object is missing, and the jobs must know which it is.
  statement {
    sid       = "FindData"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.lake_bucket.arn]
  }

  statement {
    sid     = "ReadTables"
    actions = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
    # Glue checks the catalogue and the database on the way to a table.
    resources = concat(
      ["${local.glue_arn}:catalog", var.database.arn],
      [for table in distinct(concat(local.reads[each.key].tables, local.owns[each.key].tables)) : "${local.glue_arn}:table/${var.database.name}/${table}"],
    )
  }

  statement {
    sid = "KeepTables"
    # Maintenance changes tables that the others made.
    actions = concat(["glue:UpdateTable"], each.key == "maintenance" ? [] : ["glue:CreateTable", "glue:DeleteTable"])
    resources = concat(
      ["${local.glue_arn}:catalog", var.database.arn],
      [for table in local.owns[each.key].tables : "${local.glue_arn}:table/${var.database.name}/${table}"],
    )
  }

  # Glue writes with the job's role, to groups that it shares among all jobs.
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.logs_arn}:log-group:${local.engine_of[each.key].log_group}/*"]
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
  for_each = local.jobs

  name               = "${var.name}-${each.key}-job"
  description        = "Glue job ${var.name}-${each.key}."
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.jobs

  name   = "run"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json
}

# Gold has Athena make the views, maintenance has it compact: Athena then acts with the job's role.
data "aws_iam_policy_document" "ask_athena" {
  statement {
    sid       = "AskAthena"
    actions   = ["athena:GetQueryExecution", "athena:StartQueryExecution"]
    resources = [var.workgroup.arn]
  }

  statement {
    sid       = "KeepResults"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.results_bucket.arn}/*"]
  }

  statement {
    sid       = "FindResults"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.results_bucket.arn]
  }
}

resource "aws_iam_role_policy" "ask_athena" {
  for_each = toset(["gold", "maintenance"])

  name   = "ask-athena"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.ask_athena.json
}

# The silver job takes the ledger, and reads the stream for it where there is one.
data "aws_iam_policy_document" "take_ledger" {
  count = var.stream == null ? 0 : 1

  statement {
    sid       = "ReadStream"
    actions   = ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
    resources = [var.stream.arn]
  }

  dynamic "statement" {
    for_each = var.stream.kms_key == null ? [] : [var.stream.kms_key]

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "take_ledger" {
  count = var.stream == null ? 0 : 1

  name   = "take-ledger"
  role   = aws_iam_role.this["silver"].id
  policy = data.aws_iam_policy_document.take_ledger[0].json
}

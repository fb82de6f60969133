# The scheduled jobs: silver by the clock, gold when silver has succeeded.

locals {
  jobs = {
    silver = "Takes new bronze events into silver, each exactly once."
    gold   = "Brings the gold tables up to what silver holds."
  }

  package_key = "jobs/packages/${filesha256(var.package)}/${basename(var.package)}"

  # The extra `glue` of pyproject.toml, written without commas: Glue separates by them.
  python_modules = [
    "boto3>=1.40",
    "duckdb==1.4.5",
    "pyarrow==21.0.0",
    "pyiceberg[glue]==0.10.0",
    "pyiceberg-core>=0.6",
    "pyparsing~=3.2.0",
    "pytz>=2025.1",
    "pyyaml>=6",
  ]
}

# Keys hold hashes: a change of code is a new object and an update of the job. The packages'
# file name stays as it is, because pip reads the version from it.
resource "aws_s3_object" "package" {
  bucket = var.artifacts_bucket.name
  key    = local.package_key
  source = var.package
}

resource "aws_s3_object" "script" {
  for_each = local.jobs

  bucket = var.artifacts_bucket.name
  key    = "jobs/${each.key}/${filesha256("${var.scripts_dir}/${each.key}.py")}.py"
  source = "${var.scripts_dir}/${each.key}.py"
}

resource "aws_glue_job" "this" {
  for_each = local.jobs

  name         = "${var.name}-${each.key}"
  description  = each.value
  role_arn     = aws_iam_role.this[each.key].arn
  max_capacity = var.capacity
  timeout      = var.timeout_minutes
  # A run that failed is looked at; the next one takes up what it left.
  max_retries = 0
  # What Glue's console sets for Python 3.9; Python shell has no other use for it.
  glue_version = "3.0"
  # The default, which Glue returns and Terraform would otherwise want to take away.
  execution_class = "STANDARD"

  command {
    name            = "pythonshell"
    python_version  = "3.9"
    script_location = "s3://${aws_s3_object.script[each.key].bucket}/${aws_s3_object.script[each.key].key}"
  }

  execution_property {
    max_concurrent_runs = 1
  }

  default_arguments = {
    "--stack-parameter"           = var.stack_parameter
    "--extra-py-files"            = "s3://${aws_s3_object.package.bucket}/${aws_s3_object.package.key}"
    "--additional-python-modules" = join(",", local.python_modules)
    # Glue's own older copies of these libraries stay out.
    "library-set" = "none"
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_glue_workflow" "this" {
  name                = "${var.name}-refresh"
  description         = "Silver, then gold."
  max_concurrent_runs = 1
}

resource "aws_glue_trigger" "schedule" {
  name          = "${var.name}-silver-schedule"
  description   = "Starts silver by the clock."
  type          = "SCHEDULED"
  schedule      = var.schedule
  workflow_name = aws_glue_workflow.this.name
  enabled       = var.schedule_enabled

  actions {
    job_name = aws_glue_job.this["silver"].name
  }
}

resource "aws_glue_trigger" "gold" {
  name          = "${var.name}-gold-after-silver"
  description   = "Starts gold when silver has succeeded."
  type          = "CONDITIONAL"
  workflow_name = aws_glue_workflow.this.name
  enabled       = var.schedule_enabled

  predicate {
    conditions {
      job_name = aws_glue_job.this["silver"].name
      state    = "SUCCEEDED"
    }
  }

  actions {
    job_name = aws_glue_job.this["gold"].name
  }
}

# Glue writes every Python shell job of an account to these two.
resource "aws_cloudwatch_log_group" "this" {
  for_each = var.manage_log_groups ? toset(["output", "error"]) : toset([])

  name              = "/aws-glue/python-jobs/${each.key}"
  retention_in_days = var.log_retention_days
}

# The scheduled jobs: silver by the clock, gold when silver has succeeded, maintenance by a clock of its own.

locals {
  jobs = {
    silver = "Takes new bronze events into silver, each exactly once."
    gold   = "Brings the gold tables up to what silver holds."
    # Athena does the work: this job waits and reports.
    maintenance = "Compacts the Iceberg tables, expires their snapshots and removes orphans."
  }

  package_key = "jobs/packages/${filesha256(var.package)}/${basename(var.package)}"

  # Written without commas: Glue separates by them.
  duckdb_modules = [
    "boto3>=1.40",
    "duckdb==1.4.5",
    "pyarrow==20.0.0",
    "pyiceberg[glue]==0.10.0",
    "pyiceberg-core>=0.6",
    "pyparsing~=3.2.0",
    "pytz>=2025.1",
    "pyyaml>=6",
    "sqlglot>=27",
  ]
  # Spark computes and writes; pyiceberg reads and commits metadata.
  spark_modules = [
    "pyiceberg[glue]==0.10.0",
    "pyparsing~=3.2.0",
    "pytz>=2025.1",
    "pyyaml>=6",
    "sqlglot>=27",
  ]

  # Python shell installs the wheel of libraries where `make package` made one, and asks PyPI for nothing.
  python_files = concat([aws_s3_object.package], aws_s3_object.libraries)

  # Iceberg's own catalogue of Glue, under the name that glue/engines/spark_session.py gives it.
  spark_settings = {
    "spark.sql.extensions"                 = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    "spark.sql.catalog.lake"               = "org.apache.iceberg.spark.SparkCatalog"
    "spark.sql.catalog.lake.catalog-impl"  = "org.apache.iceberg.aws.glue.GlueCatalog"
    "spark.sql.catalog.lake.io-impl"       = "org.apache.iceberg.aws.s3.S3FileIO"
    "spark.sql.catalog.lake.warehouse"     = "s3://${var.lake_bucket.name}/"
    "spark.sql.catalog.lake.cache-enabled" = "false"
    "spark.sql.session.timeZone"           = "UTC"
  }

  engines = {
    duckdb = {
      command   = "pythonshell"
      log_group = "/aws-glue/python-jobs"
      python    = "3.9"
      # What Glue's console sets for Python 3.9; Python shell has no other use for it.
      glue_version = "3.0"
      capacity     = var.capacity
      worker_type  = null
      workers      = null
      arguments = merge(
        {
          "--extra-py-files" = join(",", [for file in local.python_files : "s3://${file.bucket}/${file.key}"])
          # Glue's own older copies of these libraries stay out.
          "library-set" = "none"
        },
        var.libraries == null ? { "--additional-python-modules" = join(",", local.duckdb_modules) } : {},
      )
    }
    spark = {
      command      = "glueetl"
      log_group    = "/aws-glue/jobs"
      python       = "3"
      glue_version = "5.1"
      capacity     = null
      worker_type  = var.spark_worker_type
      workers      = var.spark_workers
      arguments = {
        "--engine"                    = "spark"
        "--extra-py-files"            = "s3://${aws_s3_object.package.bucket}/${aws_s3_object.package.key}"
        "--additional-python-modules" = join(",", local.spark_modules)
        "--datalake-formats"          = "iceberg"
        "--conf"                      = join(" --conf ", [for name, value in local.spark_settings : "${name}=${value}"])
      }
    }
  }
  # Maintenance only waits for Athena, whatever computes.
  engine_of = { for job in keys(local.jobs) : job => local.engines[job == "maintenance" ? "duckdb" : var.engine] }

  log_groups = flatten([for group in distinct([for engine in local.engine_of : engine.log_group]) : ["${group}/error", "${group}/output"]])
}

# Keys hold hashes: a change of code is a new object and an update of the job. The packages'
# file name stays as it is, because pip reads the version from it.
resource "aws_s3_object" "package" {
  bucket = var.artifacts_bucket.name
  key    = local.package_key
  source = var.package
}

resource "aws_s3_object" "libraries" {
  count = var.libraries == null ? 0 : 1

  bucket = var.artifacts_bucket.name
  key    = "jobs/libraries/${filesha256(var.libraries)}/${basename(var.libraries)}"
  source = var.libraries
}

resource "aws_s3_object" "script" {
  for_each = local.jobs

  bucket = var.artifacts_bucket.name
  key    = "jobs/${each.key}/${filesha256("${var.scripts_dir}/${each.key}.py")}.py"
  source = "${var.scripts_dir}/${each.key}.py"
}

resource "aws_glue_job" "this" {
  #checkov:skip=CKV_AWS_195:The buckets and log groups encrypt what a job writes; a security configuration would say it again
  for_each = local.jobs

  name              = "${var.name}-${each.key}"
  description       = each.value
  role_arn          = aws_iam_role.this[each.key].arn
  max_capacity      = local.engine_of[each.key].capacity
  worker_type       = local.engine_of[each.key].worker_type
  number_of_workers = local.engine_of[each.key].workers
  timeout           = var.timeout_minutes
  # A run that failed is looked at; the next one takes up what it left.
  max_retries  = 0
  glue_version = local.engine_of[each.key].glue_version
  # The default, which Glue returns and Terraform would otherwise want to take away.
  execution_class = "STANDARD"

  command {
    name            = local.engine_of[each.key].command
    python_version  = local.engine_of[each.key].python
    script_location = "s3://${aws_s3_object.script[each.key].bucket}/${aws_s3_object.script[each.key].key}"
  }

  execution_property {
    max_concurrent_runs = 1
  }

  default_arguments = merge({ "--stack-parameter" = var.stack_parameter }, local.engine_of[each.key].arguments)

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

resource "aws_glue_trigger" "maintenance" {
  name        = "${var.name}-maintenance-schedule"
  description = "Starts maintenance by the clock."
  type        = "SCHEDULED"
  schedule    = var.maintenance_schedule
  enabled     = var.schedule_enabled

  actions {
    job_name = aws_glue_job.this["maintenance"].name
  }
}

# Glue writes every job of a kind and account to the same two.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  for_each = toset(var.manage_log_groups ? local.log_groups : [])

  name              = each.key
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}

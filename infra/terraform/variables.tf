variable "environment" {
  description = "Name of this deployment; part of every resource's name and of the parameter that programs read."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "environment must be 2 to 12 lower-case letters and digits, beginning with a letter."
  }
}

variable "profile" {
  description = "How events come in. stream: Kinesis, kept for a day or longer, read within seconds, paid by the hour. direct: Firehose with a transforming function, nothing to pay while nothing comes, bronze minutes later."
  type        = string
  default     = "stream"

  validation {
    condition     = contains(["stream", "direct"], var.profile)
    error_message = "profile must be stream or direct."
  }
}

variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region's code, such as us-east-1."
  }
}

variable "offline" {
  description = "Plan without an account: no credentials are needed and AWS is not asked anything. Such a plan shows account 000000000000 and cannot be applied."
  type        = bool
  default     = false
}

variable "artefacts_dir" {
  description = "Folder that `make package` filled; relative to this folder unless absolute."
  type        = string
  default     = "../../build"

  validation {
    condition     = alltrue([for pattern in ["order-ingest-*.zip", "file-ingest-*.zip", "orderlake_glue-*.whl"] : length(fileset(startswith(var.artefacts_dir, "/") ? var.artefacts_dir : "${path.root}/${var.artefacts_dir}", pattern)) == 1])
    error_message = "artefacts_dir must hold one order-ingest-*.zip, one file-ingest-*.zip and one orderlake_glue-*.whl: run `make package` in the repository, after emptying the folder if it holds older ones."
  }
}

variable "shop_timezone" {
  description = "IANA time zone of the shop; a sale's date is the date there."
  type        = string
  default     = "Europe/London"

  validation {
    condition     = can(regex("^[A-Za-z_]+(/[A-Za-z_+-]+[0-9]*)*$", var.shop_timezone))
    error_message = "shop_timezone must be an IANA name, such as Europe/London."
  }
}

variable "destroy_data" {
  description = "Whether `terraform destroy` may delete buckets that still hold data."
  type        = bool
  default     = false
}

variable "kms_key" {
  description = "ARN of a KMS key of yours that encrypts buckets, Athena's results, Firehose, logs, functions' variables, alarms and the pseudonymisation key; its policy must let in logs and cloudwatch (docs/deploy.md). Null: AWS's own keys, free."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^arn:aws[a-z-]*:kms:[^:]+:[0-9]{12}:key/", var.kms_key))
    error_message = "kms_key must be the ARN of a KMS key, or null."
  }
}

# ------------------------------------------------------------------ stream

variable "stream_mode" {
  description = "PROVISIONED pays per shard and hour (shard_count); ON_DEMAND scales by itself and pays per GB."
  type        = string
  default     = "PROVISIONED"

  validation {
    condition     = contains(["PROVISIONED", "ON_DEMAND"], var.stream_mode)
    error_message = "stream_mode must be PROVISIONED or ON_DEMAND."
  }
}

variable "shard_count" {
  description = "Shards of a provisioned stream: 1 MB/s or 1,000 records/s in, each."
  type        = number
  default     = 1

  validation {
    condition     = var.shard_count >= 1 && var.shard_count <= 200 && floor(var.shard_count) == var.shard_count
    error_message = "shard_count must be a whole number from 1 to 200."
  }
}

variable "stream_retention_hours" {
  description = "How long the stream keeps a record: the time there is to mend a broken consumer. Over 24 hours costs extra."
  type        = number
  default     = 24

  validation {
    condition     = var.stream_retention_hours >= 24 && var.stream_retention_hours <= 8760
    error_message = "stream_retention_hours must be 24 to 8760."
  }
}

variable "stream_kms_key" {
  description = "Key that encrypts the stream: AWS's own (free), or the ARN of one of yours. Producers then need kms:GenerateDataKey on it."
  type        = string
  default     = "alias/aws/kinesis"

  validation {
    condition     = var.stream_kms_key == "alias/aws/kinesis" || can(regex("^arn:aws[a-z-]*:kms:[^:]+:[0-9]{12}:key/", var.stream_kms_key))
    error_message = "stream_kms_key must be alias/aws/kinesis or the ARN of a KMS key."
  }
}

# ---------------------------------------------------------------- consumer

variable "ingest_batch_size" {
  description = "Most stream records in one invocation of order-ingest; profile direct has batches of 1 MB."
  type        = number
  default     = 500

  validation {
    condition     = var.ingest_batch_size >= 1 && var.ingest_batch_size <= 10000
    error_message = "ingest_batch_size must be 1 to 10000."
  }
}

variable "ingest_batch_window_seconds" {
  description = "How long a batch for the function may take to fill; 0 invokes at once. Profile direct: best 60, for fewer invocations."
  type        = number
  default     = 5

  validation {
    condition     = var.ingest_batch_window_seconds >= 0 && var.ingest_batch_window_seconds <= 300
    error_message = "ingest_batch_window_seconds must be 0 to 300."
  }
}

variable "ingest_parallelization_factor" {
  description = "Batches of one shard in flight at once; events with one partition key stay in order."
  type        = number
  default     = 1

  validation {
    condition     = var.ingest_parallelization_factor >= 1 && var.ingest_parallelization_factor <= 10
    error_message = "ingest_parallelization_factor must be 1 to 10."
  }
}

variable "ingest_max_retry_attempts" {
  description = "How often a failed batch is tried again before it is given up: to the on-failure store, or with profile direct (300 at most) to Firehose's error prefix."
  type        = number
  default     = 20

  validation {
    condition     = var.ingest_max_retry_attempts >= 0 && var.ingest_max_retry_attempts <= 10000
    error_message = "ingest_max_retry_attempts must be 0 to 10000: without a limit one record could stop a shard."
  }
}

variable "ingest_max_record_age_seconds" {
  description = "Records older than this are given up to the on-failure store; keep it below the stream's retention."
  type        = number
  default     = 21600

  validation {
    condition     = var.ingest_max_record_age_seconds >= 60 && var.ingest_max_record_age_seconds <= 604800
    error_message = "ingest_max_record_age_seconds must be 60 to 604800."
  }
}

variable "ingest_memory_mb" {
  description = "Memory of order-ingest, or of order-transform; Lambda gives processor time in proportion."
  type        = number
  default     = 512

  validation {
    condition     = var.ingest_memory_mb >= 128 && var.ingest_memory_mb <= 10240
    error_message = "ingest_memory_mb must be 128 to 10240."
  }
}

# ---------------------------------------------------------------- delivery

variable "delivery_buffer_seconds" {
  description = "Longest time that Firehose gathers before it writes an object: shorter is fresher, longer makes larger files."
  type        = number
  default     = 60

  validation {
    condition     = var.delivery_buffer_seconds >= 0 && var.delivery_buffer_seconds <= 900
    error_message = "delivery_buffer_seconds must be 0 to 900."
  }
}

variable "delivery_buffer_mb" {
  description = "Size at which Firehose writes a bronze object even before its time."
  type        = number
  default     = 128

  validation {
    condition     = var.delivery_buffer_mb >= 64 && var.delivery_buffer_mb <= 128
    error_message = "delivery_buffer_mb must be 64 to 128: Firehose converts to Parquet from 64 MB only."
  }
}

variable "arrivals_since" {
  description = "First arrival hour (UTC, yyyy-MM-dd-HH) that queries over bronze and quarantine look for."
  type        = string
  default     = "2026-01-01-00"

  validation {
    condition     = can(regex("^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])-([01][0-9]|2[0-3])$", var.arrivals_since))
    error_message = "arrivals_since must look like 2026-01-01-00."
  }
}

# -------------------------------------------------------------------- lake

variable "database" {
  description = "Glue database of the tables. Glue's databases belong to the account: give a second environment in one account a name of its own."
  type        = string
  default     = "ecommerce_analytics_db"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,254}$", var.database))
    error_message = "database must be lower-case letters, digits and underscores."
  }
}

variable "infrequent_access_after_days" {
  description = "Age at which bronze moves to S3 Standard-IA; 60 days later it moves to Glacier Instant Retrieval."
  type        = number
  default     = 30

  validation {
    condition     = var.infrequent_access_after_days >= 30
    error_message = "infrequent_access_after_days must be at least 30: S3 moves nothing younger."
  }
}

variable "quarantine_days" {
  description = "How long refused and given-up records are kept as they came, and so can be mended and sent again. They may hold personal data."
  type        = number
  default     = 90

  validation {
    condition     = var.quarantine_days >= 1
    error_message = "quarantine_days must be at least 1."
  }
}

variable "quarantine_readers" {
  description = "ARN patterns of the principals that may read refused and given-up records (Athena reads as its caller) and files in the landing zone; the bucket denies everyone else but the silver job and file-ingest. Empty: what IAM grants holds."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for reader in var.quarantine_readers : startswith(reader, "arn:")])
    error_message = "quarantine_readers must be ARN patterns, such as arn:aws:iam::123456789012:role/support-*."
  }
}

variable "noncurrent_days" {
  description = "How long a deleted or replaced object can still be brought back."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "query_result_days" {
  description = "How long Athena's results are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.query_result_days >= 1
    error_message = "query_result_days must be at least 1."
  }
}

# -------------------------------------------------------------------- jobs

variable "job_schedule" {
  description = "When the silver job starts, in UTC, in AWS's cron; gold follows when silver has succeeded."
  type        = string
  default     = "cron(5 * * * ? *)"

  validation {
    condition     = can(regex("^cron\\([^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+\\)$", var.job_schedule))
    error_message = "job_schedule must be cron(minutes hours day-of-month month day-of-week year)."
  }
}

variable "job_schedule_enabled" {
  description = "Whether the schedule runs; without it jobs are started by hand."
  type        = bool
  default     = true
}

variable "job_timeout_minutes" {
  description = "Time after which Glue stops a job."
  type        = number
  default     = 60

  validation {
    condition     = var.job_timeout_minutes >= 1 && var.job_timeout_minutes <= 2880
    error_message = "job_timeout_minutes must be 1 to 2880."
  }
}

variable "job_capacity" {
  description = "Data processing units of a job: 0.0625 (1 GB of memory) or 1 (16 GB)."
  type        = number
  default     = 0.0625

  validation {
    condition     = contains([0.0625, 1], var.job_capacity)
    error_message = "job_capacity must be 0.0625 or 1: Python shell has no other sizes."
  }
}

variable "engine" {
  description = "What computes silver and gold: duckdb (Python shell, cheapest, one machine) or spark (Glue 5.1). The tables are the same; it may be changed at any time."
  type        = string
  default     = "duckdb"

  validation {
    condition     = contains(["duckdb", "spark"], var.engine)
    error_message = "engine must be duckdb or spark."
  }
}

variable "spark_worker_type" {
  description = "Size of the machines of a Spark job; G.1X has 4 processors and 16 GB."
  type        = string
  default     = "G.1X"

  validation {
    condition     = can(regex("^[GR]\\.[0-9]+X$", var.spark_worker_type))
    error_message = "spark_worker_type must be a worker type of Glue: G.1X, G.2X, R.1X and so on."
  }
}

variable "spark_workers" {
  description = "Number of the machines of a Spark job; Glue takes no fewer than 2."
  type        = number
  default     = 2

  validation {
    condition     = var.spark_workers >= 2
    error_message = "spark_workers must be at least 2."
  }
}

# ------------------------------------------------------------------- query

variable "bytes_scanned_cutoff" {
  description = "Athena ends a query that scans more bytes than this."
  type        = number
  default     = 10737418240

  validation {
    condition     = var.bytes_scanned_cutoff >= 10485760
    error_message = "bytes_scanned_cutoff must be at least 10485760 (10 MiB), Athena's own least."
  }
}

# ----------------------------------------------------------- observability

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …"
  }
}

variable "manage_job_log_groups" {
  description = "Whether this stack owns /aws-glue/python-jobs/output and …/error. Glue shares them in an account: false where they exist already."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Who is told of alarms; AWS sends a mail that has to be confirmed first. Null: nobody."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an address, or null."
  }
}

variable "lag_alarm_seconds" {
  description = "Age of the oldest unread record at which the lag alarms fire."
  type        = number
  default     = 60

  validation {
    condition     = var.lag_alarm_seconds >= 1
    error_message = "lag_alarm_seconds must be at least 1."
  }
}

variable "lag_alarm_periods" {
  description = "Minutes in a row that must be over lag_alarm_seconds."
  type        = number
  default     = 1

  validation {
    condition     = var.lag_alarm_periods >= 1 && var.lag_alarm_periods <= 60
    error_message = "lag_alarm_periods must be 1 to 60."
  }
}

variable "alarms" {
  description = "essential: what ten metrics can watch, which are free; all: every alarm, at ten cents a month for each further metric that is watched, and thirty for each that is published."
  type        = string
  default     = "essential"

  validation {
    condition     = contains(["essential", "all"], var.alarms)
    error_message = "alarms must be essential or all."
  }
}

variable "job_late_hours" {
  description = "Hours without a run of the jobs after which an alarm fires; more than lie between two runs of job_schedule."
  type        = number
  default     = 3

  validation {
    condition     = var.job_late_hours >= 1 && var.job_late_hours <= 24
    error_message = "job_late_hours must be 1 to 24."
  }
}

variable "rejected_alarm_percent" {
  description = "How many of a hundred events may be rejected within five minutes before an alarm fires."
  type        = number
  default     = 5

  validation {
    condition     = var.rejected_alarm_percent >= 0 && var.rejected_alarm_percent < 100
    error_message = "rejected_alarm_percent must be from 0 up to 100."
  }
}

variable "runbook_base_url" {
  description = "Where an alarm's description points for its runbook: a folder's address, or a path in this repository."
  type        = string
  default     = "docs/runbooks"

  validation {
    condition     = !endswith(var.runbook_base_url, "/")
    error_message = "runbook_base_url must not end with a slash."
  }
}

variable "monthly_budget_usd" {
  description = "Monthly spending that AWS Budgets watches for this stack's tag and tells alarm_email of; with alarms = \"all\" an alarm watches the account's charges as well. Null: neither."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null || try(var.monthly_budget_usd > 0, false)
    error_message = "monthly_budget_usd must be more than 0, or null."
  }
}

# ---------------------------------------------------------------- options

variable "quicksight_owner" {
  description = "ARN of the QuickSight user or group who gets the dashboard, its analysis and data sets. Null: nothing is made in QuickSight."
  type        = string
  default     = null

  validation {
    condition     = var.quicksight_owner == null || can(regex("^arn:[^:]+:quicksight:[^:]+:[0-9]{12}:(user|group)/", var.quicksight_owner))
    error_message = "quicksight_owner must be the ARN of a QuickSight user or group, or null."
  }
}

variable "crawl_bronze" {
  description = "Whether a Glue crawler registers bronze's partitions in a table of its own, for engines that cannot project them. Athena needs none."
  type        = bool
  default     = false
}

# ----------------------------------------------------------------- privacy

variable "pseudonymisation_key_version" {
  description = "Raise it to replace the key. Old pseudonyms cannot be matched with new ones."
  type        = number
  default     = 1

  validation {
    condition     = var.pseudonymisation_key_version >= 1 && floor(var.pseudonymisation_key_version) == var.pseudonymisation_key_version
    error_message = "pseudonymisation_key_version must be a whole number from 1."
  }
}

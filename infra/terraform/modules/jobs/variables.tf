variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "Account that Glue acts for."
  type        = string
}

variable "region" {
  description = "Region of the Glue catalogue."
  type        = string
}

variable "package" {
  description = "Path of the wheel with our packages."
  type        = string
}

variable "libraries" {
  description = "Path of the wheel with the libraries of Python shell jobs; null: Glue fetches them from PyPI."
  type        = string
}

variable "engine" {
  description = "What computes the tables: duckdb (Python shell, one machine) or spark (Glue 5.1, several)."
  type        = string
}

variable "spark_worker_type" {
  description = "Size of the machines of a Spark job."
  type        = string
}

variable "spark_workers" {
  description = "Number of the machines of a Spark job."
  type        = number
}

variable "scripts_dir" {
  description = "Folder with a script per job, named as the job."
  type        = string
}

variable "artifacts_bucket" {
  description = "Bucket that scripts and packages are deployed from."
  type        = object({ name = string, arn = string })
}

variable "lake_bucket" {
  description = "Bucket of the tables."
  type        = object({ name = string, arn = string })
}

variable "database" {
  description = "Glue database of the tables."
  type        = object({ name = string, arn = string })
}

variable "results_bucket" {
  description = "Bucket of Athena's results."
  type        = object({ name = string, arn = string })
}

variable "workgroup" {
  description = "Athena workgroup in which the gold job makes the views."
  type        = object({ name = string, arn = string })
}

variable "sql_dir" {
  description = "Folder with a folder per table or view."
  type        = string
}

variable "prefixes" {
  description = "Prefixes in the lake's bucket, each with its slash."
  type        = map(string)
}

variable "pseudonym_key_arn" {
  description = "ARN of the SSM parameter with the key that tells who was erased."
  type        = string
}

variable "stack_parameter" {
  description = "Name of the SSM parameter in which a job finds every other name."
  type        = string
}

variable "stack_parameter_arn" {
  description = "ARN of that parameter; given, because the parameter itself names the jobs."
  type        = string
}

variable "schedule" {
  description = "When silver starts, in AWS's cron."
  type        = string
}

variable "maintenance_schedule" {
  description = "When maintenance starts, in AWS's cron; between runs of silver, which it may make plan again."
  type        = string
  default     = "cron(40 2 * * ? *)"
}

variable "schedule_enabled" {
  description = "Whether the triggers are on."
  type        = bool
}

variable "timeout_minutes" {
  description = "Time after which Glue stops a job."
  type        = number
}

variable "capacity" {
  description = "Data processing units of a job."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "manage_log_groups" {
  description = "Whether the groups that all Python shell jobs share are made here."
  type        = bool
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

variable "stream" {
  description = "Stream that the ledger is taken of, null without one; kms_key is null where AWS's own encrypts it."
  type        = object({ name = string, arn = string, kms_key = optional(string) })
}

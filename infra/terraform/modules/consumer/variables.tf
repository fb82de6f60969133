variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "archive" {
  description = "Path of the function's zip."
  type        = string
}

variable "artifacts_bucket" {
  description = "Bucket that the zip is deployed from."
  type        = object({ name = string, arn = string })
}

variable "lake_bucket" {
  description = "Bucket of large rejected records and of records that Lambda gave up."
  type        = object({ name = string, arn = string })
}

variable "quarantine_raw" {
  description = "Prefix of the raw bytes of large rejected records."
  type        = string
}

variable "on_failure" {
  description = "Prefix under which Lambda writes records that it gave up."
  type        = string
}

variable "stream" {
  description = "Stream that is read; kms_key is null where AWS's own encrypts it."
  type        = object({ name = string, arn = string, kms_key = optional(string) })
}

variable "bronze_delivery" {
  description = "Firehose stream of accepted events."
  type        = object({ name = string, arn = string })
}

variable "quarantine_delivery" {
  description = "Firehose stream of rejected records."
  type        = object({ name = string, arn = string })
}

variable "pseudonym_key" {
  description = "SSM parameter with the key of pseudonyms, encrypted with AWS's own key."
  type        = object({ name = string, arn = string })
}

variable "batch_size" {
  description = "Most records in one invocation."
  type        = number
}

variable "batch_window_seconds" {
  description = "How long a batch may take to fill."
  type        = number
}

variable "parallelization_factor" {
  description = "Batches of one shard in flight at once; each partition key keeps its order."
  type        = number
}

variable "max_retry_attempts" {
  description = "How often a batch is tried again before it is given up to the lake bucket."
  type        = number
}

variable "max_record_age_seconds" {
  description = "Records older than this are given up to the lake bucket."
  type        = number
}

variable "memory_mb" {
  description = "Memory of the function."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

variable "detailed_metrics" {
  description = "Whether the function publishes metrics that no alarm needs."
  type        = bool
}

variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "Account that Firehose acts for."
  type        = string
}

variable "region" {
  description = "Region of the Glue catalogue."
  type        = string
}

variable "lake_bucket" {
  description = "Bucket that is written to."
  type        = object({ name = string, arn = string })
}

variable "bronze" {
  description = "Table of accepted events; its schema is that of the Parquet files."
  type        = object({ name = string, arn = string, location = string, partition = string, format = string })
}

variable "quarantine" {
  description = "Table of rejected records."
  type        = object({ name = string, arn = string, location = string, partition = string, format = string })
}

variable "database" {
  description = "Glue database of both tables."
  type        = object({ name = string, arn = string })
}

variable "delivery_failed_prefix" {
  description = "Where records go that Firehose could not write where they belong."
  type        = string
}

variable "buffer_seconds" {
  description = "Longest time before an object is written."
  type        = number
}

variable "buffer_mb" {
  description = "Size at which a bronze object is written; 64 at least."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "transform" {
  description = "Function that bronze's records go through, how long a batch for it may take to fill, how often a failed one is tried again; null: none."
  type        = object({ function_arn = string, buffer_seconds = number, retries = number })
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

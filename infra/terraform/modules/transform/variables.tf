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
  description = "Bucket of large rejected records."
  type        = object({ name = string, arn = string })
}

variable "quarantine_raw" {
  description = "Prefix of the raw bytes of large rejected records."
  type        = string
}

variable "quarantine_delivery" {
  description = "Firehose stream of rejected records."
  type        = object({ name = string, arn = string })
}

variable "pseudonym_key" {
  description = "SSM parameter with the key of pseudonyms, encrypted with AWS's own key."
  type        = object({ name = string, arn = string })
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

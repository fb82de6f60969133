variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "service" {
  description = "What the function is called after that, as order-ingest; its metrics and logs carry it."
  type        = string
}

variable "description" {
  description = "What the function does, in one sentence."
  type        = string
}

variable "handler" {
  description = "Module and function that Lambda calls."
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

variable "memory_mb" {
  description = "Memory of the function."
  type        = number
}

variable "timeout_seconds" {
  description = "What the function has before Lambda ends it."
  type        = number
}

variable "environment" {
  description = "Its environment variables, beside those of Powertools."
  type        = map(string)
}

variable "policy" {
  description = "What it may do, as a policy document, beside writing its log and using the customer's key."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

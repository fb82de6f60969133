variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "Account whose bucket may invoke the function."
  type        = string
}

variable "region" {
  description = "Region that the function is in."
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
  description = "Bucket in which files are dropped, and manifests kept."
  type        = object({ name = string, arn = string })
}

variable "prefix" {
  description = "Prefix under which files are dropped."
  type        = string
}

variable "manifests_prefix" {
  description = "Where producers write down what was acknowledged."
  type        = string
}

variable "profile" {
  description = "stream, or direct."
  type        = string
}

variable "sends_to" {
  description = "Kinesis stream, or with profile direct the Firehose stream, that events go to; kms_key is null where AWS's own encrypts it."
  type        = object({ name = string, arn = string, kms_key = optional(string) })
}

variable "shop_timezone" {
  description = "Time zone of the times in order files."
  type        = string
}

variable "memory_mb" {
  description = "Memory of the function."
  type        = number
}

variable "detailed_metrics" {
  description = "Whether the function publishes what only further alarms need."
  type        = bool
}

variable "alarm_topic_arn" {
  description = "Topic that hears of files that could not be dealt with."
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

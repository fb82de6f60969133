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

variable "lake_bucket" {
  description = "Bucket that is crawled."
  type        = object({ name = string, arn = string })
}

variable "database" {
  description = "Glue database that the crawled tables go to."
  type        = object({ name = string, arn = string })
}

variable "prefix" {
  description = "Prefix in the lake's bucket, with its slash, whose folders become the partitions of a table."
  type        = string
}

variable "kms_key" {
  description = "ARN of the key that encrypts the bucket; null: S3's own."
  type        = string
  default     = null
}

variable "schedule" {
  description = "When it crawls, in UTC, in AWS's cron; each run is billed for ten minutes or more."
  type        = string
  default     = "cron(50 2 * * ? *)"
}

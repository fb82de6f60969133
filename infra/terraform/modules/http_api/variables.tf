variable "name" {
  description = "What every name begins with, and the API's own."
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
  description = "Bucket of the manifests."
  type        = object({ name = string, arn = string })
}

variable "manifests_prefix" {
  description = "Prefix of the producers' manifests."
  type        = string
}

variable "settings" {
  description = "Who may call, how often, and how often the manifest is written."
  type = object({
    authorisation       = string
    issuer              = optional(string)
    audience            = optional(list(string))
    requests_per_second = number
    burst               = number
    manifest_seconds    = number
  })
}

variable "profile" {
  description = "stream: `stream` is Kinesis's; direct: Firehose's."
  type        = string
}

variable "stream" {
  description = "Stream that events are sent to; kms_key is null where AWS's own encrypts it."
  type        = object({ name = string, arn = string, kms_key = optional(string) })
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

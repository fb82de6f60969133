variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "mode" {
  description = "PROVISIONED or ON_DEMAND."
  type        = string
}

variable "shard_count" {
  description = "Shards, where the stream is provisioned."
  type        = number
}

variable "retention_hours" {
  description = "How long a record is kept."
  type        = number
}

variable "kms_key" {
  description = "Alias of AWS's own key, or ARN of one of yours."
  type        = string
}

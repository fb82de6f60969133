variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "environment" {
  description = "Value of the tag that the budget adds up by."
  type        = string
}

variable "account_id" {
  description = "Account that may publish to the topic."
  type        = string
}

variable "region" {
  description = "Region whose metrics the dashboard shows."
  type        = string
}

variable "stream_name" {
  description = "Kinesis stream that is watched; null with profile direct, which has none."
  type        = string
}

variable "ingest_function" {
  description = "Lambda function that is watched."
  type        = string
}

variable "landing_function" {
  description = "Lambda function that takes in files."
  type        = string
}

variable "bronze_delivery" {
  description = "Firehose stream of bronze."
  type        = string
}

variable "quarantine_delivery" {
  description = "Firehose stream of quarantine."
  type        = string
}

variable "job_names" {
  description = "Glue jobs whose failure is reported."
  type        = map(string)
}

variable "buffer_seconds" {
  description = "How long Firehose gathers: data of that age is not late."
  type        = number
}

variable "lag_seconds" {
  description = "Age at which the lag alarms fire."
  type        = number
}

variable "lag_periods" {
  description = "Minutes in a row over that age."
  type        = number
}

variable "live_seconds" {
  description = "How far behind the shop the live views may be."
  type        = number
}

variable "job_late_hours" {
  description = "How long the jobs may not have run, and events may wait for silver."
  type        = number
}

variable "rejected_percent" {
  description = "How many of a hundred events may be rejected."
  type        = number
}

variable "ingest_service" {
  description = "What the function calls itself in its metrics."
  type        = string
}

variable "http_api" {
  description = "HTTP API that is watched; null where there is none."
  type        = object({ id = string })
}

variable "ingest_timeout_seconds" {
  description = "What the function has before Lambda ends it."
  type        = number
}

variable "alarms" {
  description = "essential, or all."
  type        = string
}

variable "runbook_base_url" {
  description = "Where the runbooks are."
  type        = string
}

variable "alarm_email" {
  description = "Who is told; null: nobody."
  type        = string
}

variable "monthly_budget_usd" {
  description = "Monthly budget; null: none."
  type        = number
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

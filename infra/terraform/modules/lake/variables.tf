variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "Account; ends the buckets' names, which are the world's."
  type        = string
}

variable "database" {
  description = "Glue database."
  type        = string
}

variable "sql_dir" {
  description = "Folder with a folder per table, each with its schema.yaml."
  type        = string
}

variable "arrivals_since" {
  description = "First partition that a query looks for, yyyy-MM-dd-HH."
  type        = string
}

variable "destroy_data" {
  description = "Whether destroy may delete a lake that holds data."
  type        = bool
}

variable "infrequent_access_after_days" {
  description = "Age at which bronze moves to a cheaper class."
  type        = number
}

variable "refused_prefixes" {
  description = "Where records lie as they came, personal data included."
  type        = set(string)
}

variable "manifests_prefix" {
  description = "Where producers write down what was acknowledged."
  type        = string
}

variable "quarantine_days" {
  description = "How long refused records are kept."
  type        = number
}

variable "quarantine_readers" {
  description = "ARN patterns of who may read refused records; empty leaves it to IAM."
  type        = list(string)
}

variable "landing_prefix" {
  description = "Where files are dropped, taken in and moved aside, personal data included."
  type        = string
}

variable "landing_days" {
  description = "How long files are kept that were moved aside."
  type        = number
}

variable "noncurrent_days" {
  description = "How long replaced and deleted objects are kept."
  type        = number
}

variable "query_result_days" {
  description = "How long Athena's results are kept."
  type        = number
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

variable "name" {
  description = "Name of the workgroup."
  type        = string
}

variable "database" {
  description = "Glue database of the tables."
  type        = object({ name = string, arn = string })
}

variable "results_bucket" {
  description = "Bucket of the results."
  type        = object({ name = string, arn = string })
}

variable "sql_dir" {
  description = "Folder whose `analytics` holds the questions."
  type        = string
}

variable "bytes_scanned_cutoff" {
  description = "Athena ends a query that scans more."
  type        = number
}

variable "destroy_data" {
  description = "Whether destroy may delete a workgroup that has been used."
  type        = bool
}

variable "kms_key" {
  description = "ARN of the customer's key; null: AWS's own keys."
  type        = string
}

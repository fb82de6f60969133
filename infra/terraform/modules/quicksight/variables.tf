variable "name" {
  description = "What every name and id begins with."
  type        = string
}

variable "owner" {
  description = "ARN of the QuickSight user or group who may see, change and share everything."
  type        = string
}

variable "database" {
  description = "Glue database of the tables."
  type        = object({ name = string, arn = string })
}

variable "workgroup" {
  description = "Athena workgroup that answers."
  type        = object({ name = string, arn = string })
}

variable "sql_dir" {
  description = "Folder whose `analytics` holds the questions."
  type        = string
}

variable "visuals_file" {
  description = "YAML file that says what the dashboard shows."
  type        = string
}

output "account_id" {
  description = "Account that the resources are in."
  value       = local.account_id
}

output "region" {
  description = "Region that the resources are in."
  value       = var.region
}

output "stack_parameter" {
  description = "SSM parameter in which programs find every other name."
  value       = aws_ssm_parameter.stack.name
}

output "stream_name" {
  description = "What producers send to: a Kinesis stream, or with profile direct a Firehose stream."
  value       = local.stream_name
}

output "ingest_function" {
  description = "Lambda function that validates what comes in."
  value       = local.ingest_function.name
}

output "bronze_delivery_stream" {
  description = "Firehose stream that writes bronze."
  value       = module.delivery.bronze.name
}

output "quarantine_delivery_stream" {
  description = "Firehose stream that writes quarantine."
  value       = module.delivery.quarantine.name
}

output "lake_bucket" {
  description = "Bucket of bronze, quarantine, silver, gold and the ledgers."
  value       = module.lake.lake_bucket.name
}

output "results_bucket" {
  description = "Bucket of Athena's results."
  value       = module.lake.results_bucket.name
}

output "artifacts_bucket" {
  description = "Bucket of what is deployed: the function's archive, the jobs' scripts and packages."
  value       = module.lake.artifacts_bucket.name
}

output "database" {
  description = "Glue database of the tables."
  value       = module.lake.database.name
}

output "workgroup" {
  description = "Athena workgroup to query in."
  value       = module.query.workgroup.name
}

output "jobs" {
  description = "Glue jobs by their short name."
  value       = module.jobs.job_names
}

output "workflow" {
  description = "Glue workflow that runs the jobs one after the other."
  value       = module.jobs.workflow
}

output "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to; subscribe whatever should hear of them."
  value       = module.observability.topic_arn
}

output "role_arns" {
  description = "Role of each function, job and delivery stream."
  value       = merge(module.delivery.role_arns, module.jobs.role_arns, module.landing.role_arns, concat(module.consumer[*].role_arns, module.transform[*].role_arns, module.http_api[*].role_arns)...)
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.order_ingest.function_name
}

output "mapping_id" {
  description = "UUID of the event source mapping."
  value       = aws_lambda_event_source_mapping.orders.uuid
}

output "role_arns" {
  description = "Role of the function."
  value       = { order_ingest = aws_iam_role.order_ingest.arn }
}

output "timeout_seconds" {
  description = "What the function has before Lambda ends it."
  value       = aws_lambda_function.order_ingest.timeout
}

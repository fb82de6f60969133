output "function" {
  description = "The function that reads the stream: its name, ARN and seconds."
  value       = module.function.function
}

output "mapping_id" {
  description = "UUID of the event source mapping."
  value       = aws_lambda_event_source_mapping.orders.uuid
}

output "role_arns" {
  description = "Role of the function."
  value       = { order_ingest = module.function.role_arn }
}

output "function" {
  description = "The function that Firehose calls: its name, ARN and seconds."
  value       = module.function.function
}

output "role_arns" {
  description = "Role of the function."
  value       = { order_transform = module.function.role_arn }
}

output "function_name" {
  description = "Name of the function."
  value       = module.function.function.name
}

output "role_arns" {
  description = "Role of the function."
  value       = { file_ingest = module.function.role_arn }
}

output "function" {
  description = "Name and ARN of the function."
  value       = { name = aws_lambda_function.order_transform.function_name, arn = aws_lambda_function.order_transform.arn }
}

output "role_arns" {
  description = "Role of the function."
  value       = { order_transform = aws_iam_role.order_transform.arn }
}

output "timeout_seconds" {
  description = "What the function has before Lambda ends it."
  value       = aws_lambda_function.order_transform.timeout
}

output "function" {
  description = "Name and ARN of the function, and the seconds it has before Lambda ends it."
  value = {
    name            = aws_lambda_function.this.function_name
    arn             = aws_lambda_function.this.arn
    timeout_seconds = aws_lambda_function.this.timeout
  }
}

output "role_arn" {
  description = "Role of the function."
  value       = aws_iam_role.this.arn
}

output "workgroup" {
  description = "Name and ARN of the workgroup."
  value       = { name = aws_athena_workgroup.this.name, arn = aws_athena_workgroup.this.arn }
}

output "named_queries" {
  description = "Athena's id of each question."
  value       = { for file, query in aws_athena_named_query.this : trimsuffix(file, ".sql") => query.id }
}

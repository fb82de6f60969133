output "workgroup" {
  description = "Name of the workgroup."
  value       = aws_athena_workgroup.this.name
}

output "named_queries" {
  description = "Athena's id of each question."
  value       = { for file, query in aws_athena_named_query.this : trimsuffix(file, ".sql") => query.id }
}

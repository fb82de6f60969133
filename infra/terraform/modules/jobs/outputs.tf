output "job_names" {
  description = "Glue's name of each job."
  value       = { for name, job in aws_glue_job.this : name => job.name }
}

output "workflow" {
  description = "Workflow that runs them."
  value       = aws_glue_workflow.this.name
}

output "role_arns" {
  description = "Role of each job."
  value       = { for name, role in aws_iam_role.this : "${name}_job" => role.arn }
}

output "bronze" {
  description = "Name and ARN of the stream of accepted events."
  value       = { name = aws_kinesis_firehose_delivery_stream.bronze.name, arn = aws_kinesis_firehose_delivery_stream.bronze.arn }
}

output "quarantine" {
  description = "Name and ARN of the stream of rejected records."
  value       = { name = aws_kinesis_firehose_delivery_stream.quarantine.name, arn = aws_kinesis_firehose_delivery_stream.quarantine.arn }
}

output "role_arns" {
  description = "Role of each stream."
  value       = { for name, role in aws_iam_role.this : "${name}_delivery" => role.arn }
}

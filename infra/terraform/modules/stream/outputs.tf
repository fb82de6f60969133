output "stream" {
  description = "Name and ARN of the stream, and the ARN of its key where it is not AWS's own (else null)."
  value = {
    name    = aws_kinesis_stream.orders.name
    arn     = aws_kinesis_stream.orders.arn
    kms_key = startswith(var.kms_key, "alias/") ? null : var.kms_key
  }
}

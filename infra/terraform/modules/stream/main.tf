resource "aws_kinesis_stream" "orders" {
  name             = "${var.name}-orders"
  shard_count      = var.mode == "PROVISIONED" ? var.shard_count : null
  retention_period = var.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = var.kms_key

  stream_mode_details {
    stream_mode = var.mode
  }
}

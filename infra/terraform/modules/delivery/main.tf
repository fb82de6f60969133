# Two Firehose streams into the lake: what was accepted, as Parquet; what was rejected, as JSON lines.

locals {
  streams = { bronze = var.bronze, quarantine = var.quarantine }
  prefix = {
    for name, table in local.streams :
    name => "${table.location}${table.partition}=!{timestamp:${table.format}}/"
  }
  error_prefix = {
    for name, table in local.streams :
    name => "${var.delivery_failed_prefix}${name}/!{firehose:error-output-type}/!{timestamp:${table.format}}/"
  }

  processors = var.transform == null ? {} : { bronze = var.transform }
  # What is the same as AWS's own the provider leaves out when it reads, and would change for ever.
  processor_defaults = { BufferIntervalInSeconds = "60", NumberOfRetries = "3" }
}

resource "aws_kinesis_firehose_delivery_stream" "bronze" {
  #checkov:skip=CKV_AWS_241:Encrypted with AWS's own key; `kms_key` brings another, a dollar a month and its calls
  name        = "${var.name}-bronze"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = var.kms_key == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.this["bronze"].arn
    bucket_arn          = var.lake_bucket.arn
    prefix              = local.prefix.bronze
    error_output_prefix = local.error_prefix.bronze
    buffering_size      = var.buffer_mb
    buffering_interval  = var.buffer_seconds
    # Parquet compresses its pages itself.
    compression_format = "UNCOMPRESSED"

    dynamic "processing_configuration" {
      for_each = local.processors

      content {
        enabled = true

        processors {
          type = "Lambda"

          dynamic "parameters" {
            for_each = {
              for name, value in {
                LambdaArn               = "${processing_configuration.value.function_arn}:$LATEST"
                BufferIntervalInSeconds = tostring(processing_configuration.value.buffer_seconds)
                NumberOfRetries         = tostring(processing_configuration.value.retries)
              } : name => value if lookup(local.processor_defaults, name, null) != value
            }

            content {
              parameter_name  = parameters.key
              parameter_value = parameters.value
            }
          }
        }
      }
    }

    data_format_conversion_configuration {
      input_format_configuration {
        deserializer {
          open_x_json_ser_de {}
        }
      }

      output_format_configuration {
        serializer {
          parquet_ser_de {
            compression = "SNAPPY"
          }
        }
      }

      schema_configuration {
        role_arn      = aws_iam_role.this["bronze"].arn
        region        = var.region
        database_name = var.database.name
        table_name    = var.bronze.name
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.this["bronze"].name
      log_stream_name = aws_cloudwatch_log_stream.this["bronze"].name
    }
  }

  # Firehose tries its role when the stream is made.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.transform]
}

resource "aws_kinesis_firehose_delivery_stream" "quarantine" {
  #checkov:skip=CKV_AWS_241:Encrypted with AWS's own key; `kms_key` brings another, a dollar a month and its calls
  name        = "${var.name}-quarantine"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = var.kms_key == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.this["quarantine"].arn
    bucket_arn          = var.lake_bucket.arn
    prefix              = local.prefix.quarantine
    error_output_prefix = local.error_prefix.quarantine
    buffering_size      = 5
    buffering_interval  = var.buffer_seconds
    compression_format  = "GZIP"

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.this["quarantine"].name
      log_stream_name = aws_cloudwatch_log_stream.this["quarantine"].name
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  for_each = local.streams

  name              = "/aws/kinesisfirehose/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}

resource "aws_cloudwatch_log_stream" "this" {
  for_each = local.streams

  name           = "DestinationDelivery"
  log_group_name = aws_cloudwatch_log_group.this[each.key].name
}

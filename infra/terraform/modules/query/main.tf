resource "aws_athena_workgroup" "this" {
  name          = var.name
  description   = "Queries over ${var.database.name}; each may scan ${var.bytes_scanned_cutoff} bytes."
  force_destroy = var.destroy_data

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_scanned_cutoff

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location = "s3://${var.results_bucket.name}/results/"

      encryption_configuration {
        encryption_option = var.kms_key == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.kms_key
      }
    }
  }
}

# The questions are files; each is found in Athena under its file's name.
resource "aws_athena_named_query" "this" {
  for_each = fileset("${var.sql_dir}/analytics", "*.sql")

  name      = trimsuffix(each.value, ".sql")
  workgroup = aws_athena_workgroup.this.name
  database  = var.database.name
  query     = file("${var.sql_dir}/analytics/${each.value}")
}

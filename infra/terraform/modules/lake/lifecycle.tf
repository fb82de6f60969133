resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.this["lake"].id

  # Read by one job within hours, then only for a backfill.
  rule {
    id     = "cheaper-bronze"
    status = "Enabled"

    filter {
      prefix = "bronze/"
    }

    transition {
      days          = var.infrequent_access_after_days
      storage_class = "STANDARD_IA"
    }

    transition {
      days          = var.infrequent_access_after_days + 60
      storage_class = "GLACIER_IR"
    }
  }

  # The ledger reaches back as far as quarantine: without its manifest a run is promised nothing.
  rule {
    id     = "expire-manifests"
    status = "Enabled"

    filter {
      prefix = var.manifests_prefix
    }

    expiration {
      days = var.quarantine_days
    }
  }

  dynamic "rule" {
    for_each = var.refused_prefixes

    content {
      id     = "expire-${trimsuffix(rule.value, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      expiration {
        # Not before the manifests that count them.
        days = var.quarantine_days + 1
      }
    }
  }

  dynamic "rule" {
    for_each = toset(["done", "failed"])

    content {
      id     = "expire-landing-${rule.value}"
      status = "Enabled"

      filter {
        prefix = "${var.landing_prefix}${rule.value}/"
      }

      expiration {
        days = var.landing_days
      }
    }
  }

  # Nobody can say which months of silver and gold are asked for: S3 watches and decides.
  dynamic "rule" {
    for_each = toset(["silver/", "gold/"])

    content {
      id     = "tiered-${trimsuffix(rule.value, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      transition {
        days          = 30
        storage_class = "INTELLIGENT_TIERING"
      }
    }
  }

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  bucket = aws_s3_bucket.this["artifacts"].id

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "results" {
  bucket = aws_s3_bucket.this["results"].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.query_result_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

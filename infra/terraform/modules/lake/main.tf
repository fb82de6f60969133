# Buckets and what all of them share. What differs between them is in lifecycle.tf.

locals {
  buckets = {
    lake      = "${var.name}-lake-${var.account_id}"
    results   = "${var.name}-results-${var.account_id}"
    artifacts = "${var.name}-artifacts-${var.account_id}"
  }
  # Results can be had again by asking again.
  versioned = toset(["lake", "artifacts"])
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Who reads is CloudTrail's to say; access logs would be a second lake to pay and to guard
  #checkov:skip=CKV_AWS_21:The lake and the artefacts are versioned; results can be had again by asking again
  #checkov:skip=CKV_AWS_144:One region on purpose; a copy elsewhere is a decision about data, not a default
  #checkov:skip=CKV_AWS_145:S3 encrypts with its own key; `kms_key` brings another, a dollar a month and its calls
  #checkov:skip=CKV2_AWS_61:lifecycle.tf has a configuration for each; checkov does not follow for_each
  #checkov:skip=CKV2_AWS_62:Who waits for objects says so beside its function (modules/landing); the jobs find theirs by difference
  for_each = local.buckets

  bucket        = each.value
  force_destroy = each.key == "lake" ? var.destroy_data : true
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key
    }

    # One call to KMS for many objects.
    bucket_key_enabled = var.kms_key == null ? null : true
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.versioned

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "access" {
  for_each = aws_s3_bucket.this

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "lake" && length(var.quarantine_readers) > 0 ? [var.quarantine_readers] : []

    content {
      sid       = "DenyRefusedRecords"
      effect    = "Deny"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = [for prefix in setunion(var.refused_prefixes, [var.landing_prefix]) : "${each.value.arn}/${prefix}*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }
    }
  }
}

resource "aws_s3_bucket_policy" "access" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = data.aws_iam_policy_document.access[each.key].json

  # S3 refuses the two at once on one bucket.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

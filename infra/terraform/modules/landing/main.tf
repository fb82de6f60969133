# file-ingest: takes in the files that are dropped under a prefix of the lake's bucket, and moves them aside.

locals {
  # Known before the function is, whose role names it.
  function_arn = "arn:${data.aws_partition.current.partition}:lambda:${var.region}:${var.account_id}:function:${var.name}-file-ingest"
}

data "aws_partition" "current" {}

module "function" {
  source = "../function"

  name               = var.name
  service            = "file-ingest"
  description        = "Sends the orders of files that are dropped in S3, and says what became of each file."
  handler            = "stream_processors.file_ingest.handler.handler"
  archive            = var.archive
  artifacts_bucket   = var.artifacts_bucket
  memory_mb          = var.memory_mb
  timeout_seconds    = 900
  policy             = data.aws_iam_policy_document.file_ingest.json
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key

  environment = {
    LAKE_BUCKET      = var.lake_bucket.name
    LANDING_PREFIX   = var.prefix
    STREAM_NAME      = var.sends_to.name
    PROFILE          = var.profile
    SHOP_TIMEZONE    = var.shop_timezone
    DETAILED_METRICS = var.detailed_metrics
  }
}

# A failed attempt goes on where it stopped; what fails three times lies in the landing prefix still.
resource "aws_lambda_function_event_invoke_config" "file_ingest" {
  function_name          = module.function.function.name
  maximum_retry_attempts = 2

  destination_config {
    on_failure {
      destination = var.alarm_topic_arn
    }
  }
}

resource "aws_lambda_permission" "lake" {
  statement_id   = "LakeNotifies"
  action         = "lambda:InvokeFunction"
  function_name  = module.function.function.name
  principal      = "s3.amazonaws.com"
  source_arn     = var.lake_bucket.arn
  source_account = var.account_id
}

# A bucket has one such configuration: whoever else wants to hear of the lake's objects is added here.
resource "aws_s3_bucket_notification" "landed" {
  bucket = var.lake_bucket.name

  lambda_function {
    id                  = "landed"
    lambda_function_arn = module.function.function.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = var.prefix
  }

  # S3 tries the function when the configuration is made.
  depends_on = [aws_lambda_permission.lake]
}

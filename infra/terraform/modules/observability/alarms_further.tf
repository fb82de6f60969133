# What is watched beside that with `alarms = "all"`, at ten cents a metric and month.

locals {
  further_alarms = {
    ingest-throttled = {
      description = "Lambda refuses to run order-ingest: a limit of concurrency is reached."
      metrics = {
        throttles = { namespace = "AWS/Lambda", name = "Throttles", dimensions = local.function, statistic = "Sum" }
      }
      threshold = 0
      periods   = 3
    }
    ingest-near-timeout = {
      description = "order-ingest takes over four fifths of the ${var.ingest_timeout_seconds} s that it has."
      metrics = {
        duration = { namespace = "AWS/Lambda", name = "Duration", dimensions = local.function, statistic = "Maximum" }
      }
      threshold = var.ingest_timeout_seconds * 800
      periods   = 2
    }
    quarantine-delivery-late = {
      description = "Firehose does not get rejected records into quarantine."
      metrics = {
        age = { namespace = "AWS/Firehose", name = "DeliveryToS3.DataFreshness", dimensions = local.quarantine, statistic = "Maximum" }
      }
      threshold = var.buffer_seconds + 600
      periods   = 3
    }
    bronze-delivery-failed = {
      description = "S3 refuses what Firehose delivers to bronze; Firehose tries for 24 hours."
      metrics = {
        success = { namespace = "AWS/Firehose", name = "DeliveryToS3.Success", dimensions = local.bronze, statistic = "Minimum" }
      }
      comparison = "LessThanThreshold"
      threshold  = 1
      periods    = 3
    }
    bronze-conversion-failed = {
      description = "Firehose could not turn events into Parquet; they are under delivery-failed/bronze/."
      metrics = {
        failed = { namespace = "AWS/Firehose", name = "FailedConversion.Records", dimensions = local.bronze, statistic = "Sum" }
      }
      threshold = 0
    }
    http-api-errors = {
      description = "The HTTP API answers with 5xx, minute after minute: clients must send again."
      metrics = {
        errors = { namespace = "AWS/ApiGateway", name = "5xx", dimensions = local.http_api, statistic = "Sum" }
      }
      threshold = 0
      periods   = 3
    }
    live-stale = {
      description = "What the live views show is over ${var.live_seconds} s behind the shop."
      expression  = "FILL(lag, 0) / 1000 + FILL(delivery, 0)"
      metrics = {
        lag      = { namespace = "AWS/Lambda", name = "IteratorAge", dimensions = local.function, statistic = "Maximum" }
        delivery = { namespace = "AWS/Firehose", name = "DeliveryToS3.DataFreshness", dimensions = local.bronze, statistic = "Maximum" }
      }
      threshold = var.live_seconds
      periods   = 3
    }
    silver-stale = {
      description = "Events waited over ${var.job_late_hours} hours in bronze before the silver job took them."
      metrics = {
        age = { namespace = "Orderlake", name = "SilverAge", dimensions = local.silver, statistic = "Maximum" }
      }
      threshold = var.job_late_hours * 3600
      missing   = "ignore"
    }
    sequence-gaps = {
      description = "Events that Kinesis acknowledged to a producer are missing in its sequence."
      metrics = {
        events = { namespace = "Orderlake", name = "SequenceGaps", dimensions = local.silver, statistic = "Maximum" }
      }
      threshold = 0
      missing   = "ignore"
    }
    landing-failed = {
      description = "A file that was dropped under landing/ is not, or not wholly, in: it lies under landing/failed/, or file-ingest fails."
      expression  = "FILL(errors, 0) + FILL(files, 0)"
      metrics = {
        errors = { namespace = "AWS/Lambda", name = "Errors", dimensions = local.landing, statistic = "Sum" }
        files  = { namespace = "Orderlake", name = "FilesFailed", dimensions = local.files, statistic = "Sum" }
      }
      threshold = 0
      period    = 300
    }
    # AWS publishes charges in us-east-1 alone, for the whole account, once billing alerts are switched on.
    over-budget = {
      description = "The month's charges are estimated over ${coalesce(var.monthly_budget_usd, 0)} dollars."
      metrics = {
        charges = { namespace = "AWS/Billing", name = "EstimatedCharges", dimensions = { Currency = "USD" }, statistic = "Maximum" }
      }
      threshold = coalesce(var.monthly_budget_usd, 0)
      period    = 21600
      missing   = "ignore"
    }
  }
}

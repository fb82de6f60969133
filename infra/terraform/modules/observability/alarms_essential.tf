# What is watched always: ten metrics at most, because the first ten of an account are free. Each metric of an
# expression counts as one.

locals {
  # Lag is measured twice. The stream knows the age of what was read last, and falls silent when
  # nobody reads, which is the worst lag of all. The function knows the age of what it is given,
  # and is silent whenever there is nothing to do, which is well.
  essential_alarms = {
    stream-lag = {
      description = "Orders wait in the stream: the oldest record that was read is over ${var.lag_seconds} s old, or nobody reads."
      metrics = {
        age = { namespace = "AWS/Kinesis", name = "GetRecords.IteratorAgeMilliseconds", dimensions = local.stream, statistic = "Maximum" }
      }
      threshold = var.lag_seconds * 1000
      periods   = var.lag_periods
      missing   = "breaching"
    }
    ingest-lag = {
      description = "order-ingest is behind: the records it is given are over ${var.lag_seconds} s old."
      metrics = {
        age = { namespace = "AWS/Lambda", name = "IteratorAge", dimensions = local.function, statistic = "Maximum" }
      }
      threshold = var.lag_seconds * 1000
      periods   = var.lag_periods
    }
    ingest-errors = {
      description = "order-ingest fails, minute after minute; its records are tried again, and their shard waits."
      metrics = {
        errors = { namespace = "AWS/Lambda", name = "Errors", dimensions = local.function, statistic = "Sum" }
      }
      threshold = 0
      periods   = 3
    }
    stream-throttled = {
      description = "Producers write more than the stream's shards take."
      metrics = {
        refused = { namespace = "AWS/Kinesis", name = "WriteProvisionedThroughputExceeded", dimensions = local.stream, statistic = "Sum" }
      }
      threshold = 0
      periods   = 5
    }
    bronze-delivery-late = {
      description = "Firehose does not get accepted events into bronze."
      metrics = {
        age = { namespace = "AWS/Firehose", name = "DeliveryToS3.DataFreshness", dimensions = local.bronze, statistic = "Maximum" }
      }
      threshold = var.buffer_seconds + 600
      periods   = 3
    }
    quarantine-rate = {
      description = "Over ${var.rejected_percent} of a hundred events are rejected."
      expression  = "IF(accepted + rejected > 0, 100 * rejected / (accepted + rejected), 0)"
      metrics = {
        accepted = { namespace = "Orderlake", name = "EventsAccepted", dimensions = local.service, statistic = "Sum" }
        rejected = { namespace = "Orderlake", name = "EventsRejected", dimensions = local.service, statistic = "Sum" }
      }
      threshold = var.rejected_percent
      period    = 300
    }
    # The silver job measures these at each run; in between an alarm stays as it is.
    failure-store = {
      description = "Records lie in a failure store: Lambda gave them up, or Firehose could not deliver them."
      metrics = {
        records = { namespace = "Orderlake", name = "FailureStoreRecords", dimensions = local.silver, statistic = "Maximum" }
      }
      threshold = 0
      missing   = "ignore"
    }
    ledger-imbalance = {
      description = "Records of the stream are neither in the lake nor in a failure store, though they had the time."
      metrics = {
        records = { namespace = "Orderlake", name = "LedgerImbalance", dimensions = local.silver, statistic = "Maximum" }
      }
      threshold = 0
      missing   = "ignore"
    }
    job-not-run = {
      description = "The jobs have not run to their end for ${var.job_late_hours} hours."
      # An hour without data is an hour without a run, but only after a run: a new stack is not late. CloudWatch
      # reads further back than the periods that count, so the last run is still seen when they are all empty.
      expression = "IF(DATAPOINT_COUNT(runs) > 0, FILL(runs, 0))"
      metrics = {
        runs = { namespace = "Orderlake", name = "Runs", dimensions = local.gold, statistic = "Sum" }
      }
      comparison = "LessThanThreshold"
      threshold  = 1
      period     = 3600
      periods    = var.job_late_hours
      missing    = "ignore"
    }
  }
}

# At most ten: the first ten of an account are free.

locals {
  # Profile direct has neither a stream nor a mapping.
  stream_alarms = ["stream-lag", "ingest-lag", "stream-throttled"]

  # Lag is measured twice. The stream knows the age of what was read last, and falls silent when
  # nobody reads, which is the worst lag of all. The function knows the age of what it is given,
  # and is silent whenever there is nothing to do, which is well.
  alarms = {
    stream-lag = {
      runbook     = "stream-lag"
      description = "Orders wait in the stream: the oldest record that was read is over ${var.lag_seconds} s old, or nobody reads."
      namespace   = "AWS/Kinesis"
      metric      = "GetRecords.IteratorAgeMilliseconds"
      dimensions  = { StreamName = var.stream_name }
      statistic   = "Maximum"
      threshold   = var.lag_seconds * 1000
      periods     = var.lag_periods
      missing     = "breaching"
    }
    ingest-lag = {
      runbook     = "stream-lag"
      description = "order-ingest is behind: the records it is given are over ${var.lag_seconds} s old."
      namespace   = "AWS/Lambda"
      metric      = "IteratorAge"
      dimensions  = { FunctionName = var.ingest_function }
      statistic   = "Maximum"
      threshold   = var.lag_seconds * 1000
      periods     = var.lag_periods
      missing     = "notBreaching"
    }
    ingest-errors = {
      runbook     = "ingest-errors"
      description = "The validating function fails, minute after minute; its records are tried again, and others wait."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.ingest_function }
      statistic   = "Sum"
      threshold   = 0
      periods     = 3
      missing     = "notBreaching"
    }
    stream-throttled = {
      runbook     = "stream-throttled"
      description = "Producers write more than the stream's shards take."
      namespace   = "AWS/Kinesis"
      metric      = "WriteProvisionedThroughputExceeded"
      dimensions  = { StreamName = var.stream_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 5
      missing     = "notBreaching"
    }
    bronze-delivery-late = {
      runbook     = "delivery-late"
      description = "Firehose does not get accepted events into bronze."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      dimensions  = { DeliveryStreamName = var.bronze_delivery }
      statistic   = "Maximum"
      threshold   = var.buffer_seconds + 600
      periods     = 3
      missing     = "notBreaching"
    }
    quarantine-delivery-late = {
      runbook     = "delivery-late"
      description = "Firehose does not get rejected records into quarantine."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      dimensions  = { DeliveryStreamName = var.quarantine_delivery }
      statistic   = "Maximum"
      threshold   = var.buffer_seconds + 600
      periods     = 3
      missing     = "notBreaching"
    }
    bronze-conversion-failed = {
      runbook     = "delivery-late"
      description = "Firehose could not turn events into Parquet; they are under delivery-failed/bronze/."
      namespace   = "AWS/Firehose"
      metric      = "FailedConversion.Records"
      dimensions  = { DeliveryStreamName = var.bronze_delivery }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
      missing     = "notBreaching"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = { for name, alarm in local.alarms : name => alarm if var.stream_name != null || !contains(local.stream_alarms, name) }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.description} Runbook: ${var.runbook_base_url}/${each.value.runbook}.md"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

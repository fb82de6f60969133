# One page from producer to table, in the order in which data flows. Three dashboards of an account are free.

locals {
  widgets = [
    {
      title     = "Stream: records in, records refused"
      of_stream = true
      metrics = [
        ["AWS/Kinesis", "IncomingRecords", "StreamName", var.stream_name, { stat = "Sum" }],
        [".", "WriteProvisionedThroughputExceeded", ".", ".", { stat = "Sum" }],
      ]
    },
    {
      title     = "Lag of the reader, milliseconds"
      of_stream = true
      metrics = [
        ["AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "StreamName", var.stream_name, { stat = "Maximum" }],
        ["AWS/Lambda", "IteratorAge", "FunctionName", var.ingest_function, { stat = "Maximum" }],
      ]
    },
    {
      title = "${var.ingest_service}: invocations, errors, throttles"
      metrics = [
        ["AWS/Lambda", "Invocations", "FunctionName", var.ingest_function, { stat = "Sum" }],
        [".", "Errors", ".", ".", { stat = "Sum" }],
        [".", "Throttles", ".", ".", { stat = "Sum" }],
      ]
    },
    {
      title = "Events accepted and rejected"
      metrics = [
        ["Orderlake", "EventsAccepted", "service", var.ingest_service, { stat = "Sum" }],
        [".", "EventsRejected", ".", ".", { stat = "Sum" }],
        [".", "DuplicatesSeen", ".", ".", { stat = "Sum" }],
      ]
    },
    {
      title = "Firehose: age of what waits, seconds"
      metrics = [
        ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", var.bronze_delivery, { stat = "Maximum" }],
        ["...", var.quarantine_delivery, { stat = "Maximum" }],
      ]
    },
    {
      title = "Firehose: delivered, not converted"
      metrics = [
        ["AWS/Firehose", "DeliveryToS3.Records", "DeliveryStreamName", var.bronze_delivery, { stat = "Sum" }],
        ["...", var.quarantine_delivery, { stat = "Sum" }],
        ["AWS/Firehose", "FailedConversion.Records", "DeliveryStreamName", var.bronze_delivery, { stat = "Sum" }],
      ]
    },
    {
      title = "Ledger: unaccounted, gaps, in failure stores"
      metrics = [
        ["Orderlake", "LedgerImbalance", "Job", "silver", { stat = "Maximum" }],
        [".", "SequenceGaps", ".", ".", { stat = "Maximum" }],
        [".", "FailureStoreRecords", ".", ".", { stat = "Maximum" }],
      ]
    },
    {
      title = "Jobs: age of events when they reach silver, seconds; runs of gold"
      metrics = [
        ["Orderlake", "SilverAge", "Job", "silver", { stat = "Maximum" }],
        [".", "Runs", ".", "gold", { stat = "Sum", yAxis = "right" }],
      ]
    },
  ]
  shown = [for widget in local.widgets : widget if var.stream_name != null || !try(widget.of_stream, false)]
}

resource "aws_cloudwatch_dashboard" "pipeline" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms", alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn] }
      }],
      [for place, widget in local.shown : {
        type   = "metric"
        x      = place % 2 * 12
        y      = 3 + floor(place / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          metrics = widget.metrics
          region  = var.region
          period  = 60
          view    = "timeSeries"
        }
      }],
    )
  })
}

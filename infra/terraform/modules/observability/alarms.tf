locals {
  stream     = { StreamName = var.stream_name }
  function   = { FunctionName = var.ingest_function }
  bronze     = { DeliveryStreamName = var.bronze_delivery }
  quarantine = { DeliveryStreamName = var.quarantine_delivery }
  service    = { service = var.ingest_service }
  landing    = { FunctionName = var.landing_function }
  files      = { service = "file-ingest" }
  http_api   = { ApiId = try(var.http_api.id, "") }
  silver     = { Job = "silver" }
  gold       = { Job = "gold" }

  # Profile direct has neither a stream nor a mapping.
  stream_alarms = ["stream-lag", "ingest-lag", "stream-throttled", "ledger-imbalance", "live-stale"]

  # There is an HTTP API only where one is asked for.
  http_api_alarms = ["http-api-errors"]

  unwatched = concat(
    var.stream_name == null ? local.stream_alarms : [],
    var.http_api == null ? local.http_api_alarms : [],
    var.monthly_budget_usd == null ? ["over-budget"] : [],
    var.alarms == "all" ? [] : keys(local.further_alarms),
  )
  alarms = {
    for name, alarm in merge(local.essential_alarms, local.further_alarms) : name => {
      description = alarm.description
      metrics     = alarm.metrics
      only        = try(alarm.expression, null) == null ? values(alarm.metrics)[0] : null
      expression  = try(alarm.expression, null)
      comparison  = try(alarm.comparison, "GreaterThanThreshold")
      threshold   = alarm.threshold
      period      = try(alarm.period, 60)
      periods     = try(alarm.periods, 1)
      missing     = try(alarm.missing, "notBreaching")
    } if !contains(local.unwatched, name)
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.description} Runbook: ${var.runbook_base_url}/${each.key}.md"
  namespace           = try(each.value.only.namespace, null)
  metric_name         = try(each.value.only.name, null)
  dimensions          = try(each.value.only.dimensions, null)
  statistic           = try(each.value.only.statistic, null)
  period              = each.value.expression == null ? each.value.period : null
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dynamic "metric_query" {
    for_each = each.value.expression == null ? {} : each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = each.value.period
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression[*]

    content {
      id          = "watched"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }
}

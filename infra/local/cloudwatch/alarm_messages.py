"""What alarms send to SNS: subject and JSON body, as CloudWatch writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from moto.cloudwatch.models import Alarm

from infra.local.cloudwatch.alarm_evaluation import Watch, timestamp
from infra.local.cloudwatch.alarm_rules import State
from infra.local.cloudwatch.queries import Query, StatQuery
from infra.local.cloudwatch.statistics import SIMPLE_STATISTICS


def subject(alarm: Alarm, region: str) -> str:
    """The SNS subject; SNS allows 100 characters."""
    return f'{alarm.state_value}: "{alarm.name}" in {_region_name(region)}'[:100]


def alarm_message(
    alarm: Alarm, watch: Watch, before: State, *, at: datetime, account_id: str, region: str
) -> dict[str, Any]:
    """The message of a metric alarm that changed its state at `at`."""
    trigger: dict[str, Any] = _metric(watch) if watch.metric is not None else {}
    trigger |= {
        "Period": watch.period,
        "EvaluationPeriods": watch.rule.evaluation_periods,
    }
    if watch.m_of_n:
        trigger["DatapointsToAlarm"] = watch.rule.datapoints_to_alarm
    trigger |= {
        "ComparisonOperator": watch.rule.comparison,
        "Threshold": watch.rule.threshold,
        "TreatMissingData": watch.rule.missing_data.value,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if watch.metric is None:
        trigger["Metrics"] = [
            _query(query, source)
            for query, source in zip(watch.queries, alarm.metric_data_queries, strict=True)
        ]
    return {**_head(alarm, before, at, account_id, region), "Trigger": trigger}


def composite_message(
    alarm: Alarm,
    children: Sequence[dict[str, Any]],
    before: State,
    *,
    at: datetime,
    account_id: str,
    region: str,
) -> dict[str, Any]:
    """The message of a composite alarm that changed its state at `at`."""
    head = _head(alarm, before, at, account_id, region)
    return {**head, "AlarmRule": alarm.rule, "TriggeringChildren": list(children)}


def _head(alarm: Alarm, before: State, at: datetime, account_id: str, region: str) -> dict[str, Any]:
    configured = alarm.configuration_updated_timestamp.replace(tzinfo=UTC)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": timestamp(configured),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": timestamp(at),
        "Region": _region_name(region),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before.value,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }


def _metric(watch: Watch) -> dict[str, Any]:
    if watch.metric is None:
        return {}
    simple = watch.statistic in SIMPLE_STATISTICS
    kind = {"StatisticType": "Statistic", "Statistic": _shouted(watch.statistic)}
    if not simple:
        kind = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": watch.statistic}
    return {
        "MetricName": watch.metric.name,
        "Namespace": watch.metric.namespace,
        **kind,
        "Unit": watch.unit,
        "Dimensions": [{"value": value, "name": name} for name, value in watch.metric.dimensions],
    }


def _query(query: Query, source: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"Id": query.id, "Label": query.label, "ReturnData": query.returned}
    if not isinstance(query, StatQuery):
        return {"Expression": source.expression, **shown}
    metric = {
        "Dimensions": [{"value": value, "name": name} for name, value in query.metric.dimensions],
        "MetricName": query.metric.name,
        "Namespace": query.metric.namespace,
    }
    return {"MetricStat": {"Metric": metric, "Period": query.period, "Stat": query.stat}, **shown}


def _shouted(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


@cache
def _region_name(region: str) -> str:
    """`US East (N. Virginia)` for us-east-1, from botocore's list of endpoints."""
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    names = {code: known["description"] for each in partitions for code, known in each["regions"].items()}
    return str(names.get(region, region))

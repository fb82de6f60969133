"""PutMetricAlarm's parameters, checked and read into what an alarm watches."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.cloudwatch.models import MetricDataQuery

from infra.local.cloudwatch.alarm_evaluation import Watch
from infra.local.cloudwatch.alarm_rules import COMPARISONS, MissingData, Rule
from infra.local.cloudwatch.errors import InvalidParameterCombination, ValidationError
from infra.local.cloudwatch.metric_store import Metric
from infra.local.cloudwatch.queries import Query, QueryError, StatQuery, read_queries
from infra.local.cloudwatch.statistics import is_statistic

_SHORT_PERIODS = (10, 20, 30)


def read_watch(definition: Mapping[str, Any]) -> Watch:
    """The alarm's rule and subject, from the arguments that moto's responses pass to the backend.

    `ValidationError` or `InvalidParameterCombination` for what CloudWatch refuses, and for what is not
    supported.
    """
    queries = definition.get("metric_data_queries") or ()
    rule = _rule(definition)
    m_of_n = definition.get("datapoints_to_alarm") is not None
    if queries:
        if definition.get("metric_name"):
            raise InvalidParameterCombination("MetricName and Metrics are mutually exclusive.")
        return _of_queries(rule, queries, m_of_n=m_of_n)
    statistic, extended = definition.get("statistic"), definition.get("extended_statistic")
    if not definition.get("metric_name") or not definition.get("namespace"):
        raise ValidationError("An alarm needs MetricName and Namespace, or Metrics.")
    if bool(statistic) == bool(extended):
        raise InvalidParameterCombination("Exactly one of Statistic and ExtendedStatistic is required.")
    named = str(statistic or extended)
    if not is_statistic(named):
        raise ValidationError(f"The statistic {named} is not supported.")
    dimensions = {each["Name"]: each["Value"] for each in definition.get("dimensions") or ()}
    return Watch(
        rule,
        _period(definition.get("period")),
        named,
        metric=Metric.of(definition["namespace"], definition["metric_name"], dimensions),
        unit=definition.get("unit"),
        ignore_low_samples=definition.get("evaluate_low_sample_count_percentile") == "ignore",
        m_of_n=m_of_n,
    )


def _rule(definition: Mapping[str, Any]) -> Rule:
    comparison, threshold = definition.get("comparison_operator"), definition.get("threshold")
    if comparison not in COMPARISONS:
        raise ValidationError(
            f"ComparisonOperator {comparison} is not supported: choose one of {', '.join(COMPARISONS)}."
        )
    if threshold is None:
        raise ValidationError("An alarm without anomaly detection needs a Threshold.")
    periods = int(definition.get("evaluation_periods") or 0)
    needed = int(definition.get("datapoints_to_alarm") or periods)
    if not 1 <= needed <= periods:
        raise ValidationError("DatapointsToAlarm must be from 1 up to EvaluationPeriods.")
    missing = definition.get("treat_missing_data") or MissingData.MISSING.value
    if missing not in set(MissingData):
        raise ValidationError(f"TreatMissingData {missing} must be one of {', '.join(MissingData)}.")
    return Rule(str(comparison), float(threshold), periods, needed, MissingData(missing))


def _period(value: Any) -> int:
    period = int(value or 0)
    if period not in _SHORT_PERIODS and (period < 60 or period % 60):
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60.")
    return period


def _of_queries(rule: Rule, given: Iterable[MetricDataQuery], *, m_of_n: bool) -> Watch:
    try:
        queries = read_queries(_documents(given))
    except QueryError as error:
        raise ValidationError(str(error)) from error
    results = [query for query in queries if query.returned]
    if len(results) != 1:
        raise ValidationError("Exactly one of the Metrics must return data.")
    periods = {query.period for query in queries if isinstance(query, StatQuery)}
    if len(periods) > 1:
        raise ValidationError("All metrics of an alarm must have the same period.")
    period = results[0].period or next(iter(periods), None)
    result: Query = results[0]
    statistic = result.stat if isinstance(result, StatQuery) else ""
    return Watch(rule, _period(period), statistic, queries=queries, result=result.id, m_of_n=m_of_n)


def _documents(queries: Iterable[MetricDataQuery]) -> list[dict[str, Any]]:
    """moto's query objects as the API's documents."""
    found = []
    for query in queries:
        definition: dict[str, Any] = {
            "Id": query.id,
            "Label": query.label,
            "ReturnData": query.return_data,
            "Period": query.period,
            "Expression": query.expression,
        }
        if query.metric_stat is not None:
            stat = query.metric_stat
            definition["MetricStat"] = {
                "Metric": {
                    "Namespace": stat.metric.namespace,
                    "MetricName": stat.metric.metric_name,
                    "Dimensions": [{"Name": d.name, "Value": d.value} for d in stat.metric.dimensions],
                },
                "Period": stat.period,
                "Stat": stat.stat,
                "Unit": stat.unit,
            }
        found.append(definition)
    return found

"""CloudWatch's actions that moto lacks, or answers from data of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from infra.local.cloudwatch.errors import (
    InvalidNextToken,
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)
from infra.local.cloudwatch.metric_store import Metric
from infra.local.cloudwatch.queries import QueryError, QueryRun, read_queries
from infra.local.cloudwatch.statistics import is_statistic

if TYPE_CHECKING:
    from infra.local.cloudwatch.backend import EngineCloudWatchBackend

_METRICS_A_PAGE = 500
_MAX_DATAPOINTS = 1440


class EngineCloudWatchResponse(CloudWatchResponse):
    """moto's request handler over the metric store and the alarm book."""

    @property
    def engine_backend(self) -> "EngineCloudWatchBackend":
        return cast("EngineCloudWatchBackend", self.cloudwatch_backend)

    def describe_alarms(self) -> ActionResult:
        backend = self.engine_backend
        with backend.book.lock:
            found = [alarm for _, alarm in sorted(backend.alarms.items()) if self._asked_for(alarm)]
        types = self._get_param("AlarmTypes") or ["MetricAlarm"]
        shown = [alarm for alarm in found if _type(alarm) in types]
        page, token = self._page(shown, int(self._get_param("MaxRecords") or 50))
        return ActionResult(
            {
                "MetricAlarms": [alarm for alarm in page if alarm.rule is None],
                "CompositeAlarms": [alarm for alarm in page if alarm.rule is not None],
                "NextToken": token,
            }
        )

    def _asked_for(self, alarm: Alarm) -> bool:
        names, prefix = self._get_param("AlarmNames"), self._get_param("AlarmNamePrefix")
        state, action = self._get_param("StateValue"), self._get_param("ActionPrefix")
        actions = [*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions]
        return (
            (not names or alarm.name in names)
            and (not prefix or alarm.name.startswith(prefix))
            and (not state or alarm.state_value == state)
            and (not action or any(each.startswith(action) for each in actions))
        )

    def put_composite_alarm(self) -> ActionResult:
        self.engine_backend.put_composite_alarm(
            self._get_param("AlarmName"),
            self._get_param("AlarmRule"),
            description=self._get_param("AlarmDescription"),
            alarm_actions=self._get_param("AlarmActions", []),
            ok_actions=self._get_param("OKActions", []),
            insufficient_data_actions=self._get_param("InsufficientDataActions", []),
            actions_enabled=self._get_bool_param("ActionsEnabled"),
            tags=self._get_param("Tags", []),
        )
        return EmptyResult()

    def describe_alarm_history(self) -> ActionResult:
        name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
        types = self._get_param("AlarmTypes")
        start, end = _naive(self._get_param("StartDate")), _naive(self._get_param("EndDate"))
        backend = self.engine_backend
        with backend.book.lock:
            items = [
                item
                for item in backend.book.history
                if (not name or item.alarm_name == name)
                and (not kind or item.history_item_type == kind)
                and (not types or item.alarm_type in types)
                and (start is None or item.timestamp >= start)
                and (end is None or item.timestamp <= end)
            ]
        if self._get_param("ScanBy") != "TimestampAscending":
            items.reverse()
        page, token = self._page(items, int(self._get_param("MaxRecords") or 100))
        return ActionResult({"AlarmHistoryItems": page, "NextToken": token})

    def get_metric_data(self) -> ActionResult:
        start, end = _times(self._get_param("StartTime"), self._get_param("EndTime"))
        ascending = self._get_param("ScanBy") == "TimestampAscending"
        try:
            queries = read_queries(self._get_param("MetricDataQueries") or [])
            smallest = min((query.period or 60 for query in queries), default=60)
            first = _rounded(start, smallest)
            run = QueryRun(self.engine_backend.store, queries, first, int(end.timestamp()))
            found = [(query, run.series(query.id)) for query in queries if query.returned]
        except QueryError as error:
            raise ValidationError(str(error)) from error
        results = [
            {
                "Id": query.id,
                "Label": query.label if len(answers) == 1 else series.id,
                "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
            for query, answers in found
            for series in answers
            for points in [sorted(series.values.items(), reverse=not ascending)]
        ]
        return ActionResult({"MetricDataResults": results, "Messages": []})

    def get_metric_statistics(self) -> ActionResult:
        start, end = _times(self._get_param("StartTime"), self._get_param("EndTime"))
        period = int(self._get_param("Period"))
        if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
            raise InvalidParameterValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        simple, extended = self._get_param("Statistics") or [], self._get_param("ExtendedStatistics") or []
        if not simple and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        if unknown := [name for name in (*simple, *extended) if not is_statistic(name)]:
            raise InvalidParameterValue(f"The statistic {unknown[0]} is not supported.")
        if (end - start) / timedelta(seconds=period) > _MAX_DATAPOINTS:
            raise InvalidParameterCombination(
                "More than 1,440 datapoints requested: choose a longer Period or a shorter time range."
            )
        named = Metric.of(self._get_param("Namespace"), self._get_param("MetricName"), self._dimensions())
        return ActionResult({"Label": named.name, "Datapoints": self._datapoints(named, start, end, period)})

    def _datapoints(
        self, metric: Metric, start: datetime, end: datetime, period: int
    ) -> list[dict[str, Any]]:
        simple, extended = self._get_param("Statistics") or [], self._get_param("ExtendedStatistics") or []
        store, wanted = self.engine_backend.store, self._get_param("Unit")
        first = datetime.fromtimestamp(_rounded(start, period), UTC)
        found = []
        for unit in [wanted] if wanted else store.units(metric):
            for at, each in store.read(metric, first, end, period, unit).items():
                datapoint: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit}
                datapoint |= {name: each.statistic(name) for name in simple}
                if extended:
                    values = {name: each.statistic(name) for name in extended}
                    datapoint["ExtendedStatistics"] = {n: v for n, v in values.items() if v is not None}
                found.append(datapoint)
        return found

    def list_metrics(self) -> ActionResult:
        active = timedelta(hours=3) if self._get_param("RecentlyActive") == "PT3H" else timedelta(days=14)
        wanted = [(each["Name"], each.get("Value")) for each in self._get_param("Dimensions") or []]
        found = [
            metric
            for metric in self.engine_backend.store.metrics(active)
            if self._get_param("Namespace") in (None, metric.namespace)
            and self._get_param("MetricName") in (None, metric.name)
            and all(_has(metric, name, value) for name, value in wanted)
        ]
        page, token = self._page(found, _METRICS_A_PAGE)
        metrics = [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in page
        ]
        return ActionResult({"Metrics": metrics, "NextToken": token})

    def describe_alarms_for_metric(self) -> ActionResult:
        named = Metric.of(self._get_param("Namespace"), self._get_param("MetricName"), self._dimensions())
        backend = self.engine_backend
        with backend.book.lock:
            found = [
                alarm
                for alarm in backend.alarms.values()
                if alarm.rule is None
                and Metric.of(
                    alarm.namespace or "",
                    alarm.metric_name or "",
                    {each.name or "": each.value or "" for each in alarm.dimensions},
                )
                == named
            ]
        return ActionResult({"MetricAlarms": found})

    def _dimensions(self) -> dict[str, str]:
        return {each["Name"]: each["Value"] for each in self._get_param("Dimensions") or []}

    def _page(self, items: Sequence[Any], size: int) -> tuple[Sequence[Any], str | None]:
        """A page and the token of the next: the place it starts at."""
        token = self._get_param("NextToken")
        if token is not None and not str(token).isdigit():
            raise InvalidNextToken("The NextToken is invalid.")
        begin = int(token or 0)
        return items[begin : begin + size], str(begin + size) if begin + size < len(items) else None


def _type(alarm: Alarm) -> str:
    return "MetricAlarm" if alarm.rule is None else "CompositeAlarm"


def _has(metric: Metric, name: str, value: str | None) -> bool:
    return any(name == known and value in (None, its) for known, its in metric.dimensions)


def _times(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    first, last = _aware(start), _aware(end)
    if first >= last:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    return first, last


def _rounded(start: datetime, period: int) -> int:
    """CloudWatch rounds starts down to the minute, or to the period where that is shorter."""
    second = int(start.timestamp())
    return second - second % min(period, 60)


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else _aware(at).replace(tzinfo=None)

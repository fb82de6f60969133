"""moto's CloudWatch backend with metrics that are aggregated and alarms that are evaluated."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from moto.cloudwatch import urls as moto_urls
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.sns.models import sns_backends

from infra.local.clock import Clock
from infra.local.cloudwatch.alarm_definitions import read_watch
from infra.local.cloudwatch.alarm_rules import State
from infra.local.cloudwatch.alarms import AlarmBook, DeliveryError
from infra.local.cloudwatch.composite_rules import CompositeRuleError, parse_rule
from infra.local.cloudwatch.errors import InvalidParameterValue, ResourceNotFound, ValidationError
from infra.local.cloudwatch.metric_store import Metric, MetricStore
from infra.local.cloudwatch.responses import EngineCloudWatchResponse

_OLDEST, _NEWEST = timedelta(days=14), timedelta(hours=2)
_MAX_METRICS = 1000


class EngineCloudWatchBackend(CloudWatchBackend):
    """One account and region; `install` sets the clock and the store of the runtime's own."""

    clock: Clock
    runtime_store: MetricStore
    runtime_home: tuple[str, str]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        home = (account_id, region_name) == self.runtime_home
        self.store = self.runtime_store if home else MetricStore(self.clock)
        self.book = AlarmBook(self.store, self.clock, self._publish, account_id, region_name)

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=moto_urls.url_bases, url_paths={"{0}/$": EngineCloudWatchResponse.dispatch}
        )

    def reset(self) -> None:
        self.store.clear()
        super().reset()

    def put_metric_data(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        """Count what was put; nothing of a request that has anything wrong with it."""
        if len(metric_data) > _MAX_METRICS:
            raise InvalidParameterValue("The collection MetricData must not have a size greater than 1000.")
        for number, datum in enumerate(metric_data, start=1):
            self._validate_parameters_put_metric_data(datum, number)
            self._check_time(datum.get("Timestamp"), number)
        for datum in metric_data:
            self._put(namespace, datum)

    def _put(self, namespace: str, datum: Mapping[str, Any]) -> None:
        dimensions = {each["Name"]: each["Value"] for each in datum.get("Dimensions") or ()}
        metric = Metric.of(namespace, datum["MetricName"], dimensions)
        at = _aware(datum["Timestamp"]) if datum.get("Timestamp") else None
        unit = datum.get("Unit") or "None"
        fine = int(datum.get("StorageResolution") or 60) < 60
        if datum.get("StatisticValues"):
            given = {name: float(value) for name, value in datum["StatisticValues"].items()}
            self.store.put_statistics(
                metric, count=given["SampleCount"], total=given["Sum"], minimum=given["Minimum"],
                maximum=given["Maximum"], unit=unit, at=at, high_resolution=fine,
            )  # fmt: skip
            return
        values = datum.get("Values") or [datum.get("Value", 0.0)]
        counts = datum.get("Counts") or [1.0] * len(values)
        pairs = [(float(value), float(count)) for value, count in zip(values, counts, strict=True)]
        self.store.put_values(metric, pairs, unit=unit, at=at, high_resolution=fine)

    def _check_time(self, at: datetime | None, number: int) -> None:
        now = self.clock.now()
        if at is not None and not now - _OLDEST <= _aware(at) <= now + _NEWEST:
            raise InvalidParameterValue(
                f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past"
                " two weeks and no more than two hours in the future."
            )

    def put_metric_alarm(self, name: str, **definition: Any) -> Alarm:  # type: ignore[override]
        watch = read_watch(definition)
        with self.book.lock:
            alarm = super().put_metric_alarm(name=name, **definition)
            self.book.put(alarm, watch)
        return alarm

    def put_composite_alarm(self, name: str, rule: str, **definition: Any) -> Alarm:
        """Create or replace a composite alarm; its children must exist."""
        try:
            parsed = parse_rule(rule)
        except CompositeRuleError as error:
            raise ValidationError(str(error)) from error
        with self.book.lock:
            for child in parsed.children:
                if (child.partition(":alarm:")[2] or child) not in self.alarms:
                    raise ValidationError(f"Could not find alarm {child}, referenced in AlarmRule.")
            nothing: dict[str, Any] = dict.fromkeys(
                ("namespace", "metric_name", "comparison_operator", "evaluation_periods",
                 "period", "threshold", "statistic")
            )  # fmt: skip
            alarm = super().put_metric_alarm(name=name, rule=rule, dimensions=[], **nothing, **definition)
            self.book.put(alarm, parsed)
        return alarm

    def delete_alarms(self, alarm_names: list[str]) -> None:
        with self.book.lock:
            unknown = [name for name in alarm_names if name not in self.alarms]
            if unknown:
                raise ResourceNotFound(f"Alarms not found: {', '.join(unknown)}")
            for name in alarm_names:
                self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
                self.book.delete(name)
            super().delete_alarms(alarm_names)

    def set_alarm_state(
        self, alarm_name: str, reason: str, reason_data: str | None, state_value: str
    ) -> None:
        if state_value not in set(State):
            raise ValidationError(
                f"Value '{state_value}' at 'stateValue' must be OK, ALARM or INSUFFICIENT_DATA"
            )
        if reason_data is not None:
            try:
                json.loads(reason_data)
            except ValueError as error:
                raise ValidationError("StateReasonData is not JSON") from error
        with self.book.lock:
            if alarm_name not in self.alarms:
                raise ResourceNotFound(f"Alarm {alarm_name} does not exist")
            self.book.set_state(alarm_name, State(state_value), reason, reason_data)

    def _publish(self, action: str, subject: str, message: str) -> None:
        service, region, account = (*action.split(":"), "", "", "", "", "")[2:5]
        if service != "sns":
            raise DeliveryError("only SNS topics can be actions on the embedded AWS")
        topics = sns_backends[account][region].topics
        if action not in topics:
            raise DeliveryError("the topic does not exist")
        topics[action].publish(message, subject=subject)


def _aware(at: datetime) -> datetime:
    """moto's parsers give times with or without a zone; without one they are UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

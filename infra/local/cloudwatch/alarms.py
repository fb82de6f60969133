"""Alarms of one account and region: their states over time, their history, what they send."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from moto.cloudwatch.models import Alarm

from infra.local.clock import Clock
from infra.local.cloudwatch.alarm_evaluation import Finding, Watch, as_json, evaluate, timestamp
from infra.local.cloudwatch.alarm_messages import alarm_message, composite_message, subject
from infra.local.cloudwatch.alarm_rules import State
from infra.local.cloudwatch.composite_rules import CompositeRule
from infra.local.cloudwatch.metric_store import MetricStore

_HISTORY_KEPT: Final = timedelta(days=14)
_CATCH_UP: Final = 3 * 3600

Publish = Callable[[str, str, str], None]
"""Sends (topic ARN, subject, message); raises `DeliveryError`."""


class DeliveryError(Exception):
    """An action of an alarm could not be carried out; the alarm's history says so, as on AWS."""


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One line of DescribeAlarmHistory; attributes are named as moto's serializer looks for them."""

    alarm_name: str
    alarm_type: str
    timestamp: datetime
    history_item_type: str
    history_summary: str
    history_data: str


@dataclass
class Watched:
    """An alarm with what it watches and the epoch second of its next evaluation."""

    alarm: Alarm
    subject: Watch | CompositeRule
    due: int

    @property
    def state(self) -> State:
        return State(self.alarm.state_value)

    @property
    def cadence(self) -> int:
        """Alarms with periods under a minute are evaluated every 10 seconds, others every minute."""
        return 10 if isinstance(self.subject, Watch) and self.subject.period < 60 else 60


@dataclass
class AlarmBook:
    """Evaluates alarms when they are due. Safe to use from many threads."""

    store: MetricStore
    clock: Clock
    publish: Publish
    account_id: str
    region: str
    watched: dict[str, Watched] = field(default_factory=dict)
    history: list[HistoryItem] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, alarm: Alarm, subject_: Watch | CompositeRule) -> None:
        """Create or replace; a new alarm has insufficient data, a replaced one keeps its state."""
        now = self.clock.now()
        with self.lock:
            before = self.watched.get(alarm.name)
            entry = Watched(alarm, subject_, due=0)
            entry.due = int(now.timestamp()) // entry.cadence * entry.cadence + entry.cadence
            alarm.configuration_updated_timestamp = _naive(now)
            if before is None:
                _set(alarm, State.INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", None, now)
            else:
                for name in (
                    "state_value", "state_reason", "state_reason_data",
                    "state_updated_timestamp", "state_transitioned_timestamp",
                ):  # fmt: skip
                    setattr(alarm, name, getattr(before.alarm, name))
            self.watched[alarm.name] = entry
            kind, verb = ("Create", "created") if before is None else ("Update", "updated")
            self._record(entry, now, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', {"type": kind})

    def delete(self, name: str) -> None:
        with self.lock:
            entry = self.watched.pop(name, None)
            if entry is not None:
                self._record(
                    entry,
                    self.clock.now(),
                    "ConfigurationUpdate",
                    f'Alarm "{name}" deleted',
                    {"type": "Delete"},
                )

    def set_state(self, name: str, state: State, reason: str, reason_data: str | None) -> None:
        """What SetAlarmState does: the state holds until an evaluation finds another one."""
        with self.lock:
            self._change(self.watched[name], self.clock.now(), state, reason, reason_data)

    def run_due(self) -> None:
        """Evaluate what fell due since the last call, moment by moment (for at most the last three hours)."""
        now = int(self.clock.now().timestamp())
        with self.lock:
            for entry in self.watched.values():
                oldest = (now - _CATCH_UP) // entry.cadence * entry.cadence
                entry.due = max(entry.due, oldest)
            while moments := [entry.due for entry in self.watched.values() if entry.due <= now]:
                moment = min(moments)
                due = [entry for entry in self.watched.values() if entry.due == moment]
                for entry in due:
                    entry.due += entry.cadence
                    if isinstance(entry.subject, Watch):
                        self._evaluate(entry, entry.subject, moment)
                self._evaluate_composites(moment)

    def _evaluate(self, entry: Watched, watch: Watch, moment: int) -> None:
        found: Finding = evaluate(watch, self.store, moment, entry.state)
        if found.state is not None:
            data = as_json(found.reason_data)
            self._change(entry, datetime.fromtimestamp(moment, UTC), found.state, found.reason, data)

    def _evaluate_composites(self, moment: int) -> None:
        """Composites may watch composites: repeat until nothing changes, once per alarm at most."""
        at = datetime.fromtimestamp(moment, UTC)
        composites = [entry for entry in self.watched.values() if isinstance(entry.subject, CompositeRule)]
        for _ in composites:
            changed = False
            for entry in composites:
                assert isinstance(entry.subject, CompositeRule)  # noqa: S101  narrows the type
                state = State.ALARM if entry.subject.holds(self._child_state) else State.OK
                if state is not entry.state:
                    reason = f"{entry.alarm.alarm_arn} transitioned to {state} at {timestamp(at)}"
                    self._change(entry, at, state, reason, None)
                    changed = True
            if not changed:
                return

    def _child_state(self, name_or_arn: str) -> State:
        entry = self.watched.get(name_or_arn.partition(":alarm:")[2] or name_or_arn)
        return entry.state if entry else State.INSUFFICIENT_DATA

    def _change(
        self, entry: Watched, at: datetime, state: State, reason: str, reason_data: str | None
    ) -> None:
        before = entry.state
        old = _state_document(entry.alarm)
        _set(entry.alarm, state, reason, reason_data, at)
        if state is before:
            return
        self._record(
            entry, at, "StateUpdate", f"Alarm updated from {before} to {state}",
            {"oldState": old, "newState": _state_document(entry.alarm)},
        )  # fmt: skip
        if entry.alarm.actions_enabled:
            self._act(entry, before, at)

    def _act(self, entry: Watched, before: State, at: datetime) -> None:
        alarm = entry.alarm
        actions = {
            State.ALARM: alarm.alarm_actions,
            State.OK: alarm.ok_actions,
            State.INSUFFICIENT_DATA: alarm.insufficient_data_actions,
        }[entry.state]
        for action in actions:
            outcome = {"actionState": "Succeeded", "notificationResource": action}
            summary = f"Successfully executed action {action}"
            try:
                self.publish(action, subject(alarm, self.region), self._message(entry, before, at))
            except DeliveryError as error:
                outcome = {**outcome, "actionState": "Failed", "error": str(error)}
                summary = f"Failed to execute action {action}. Received error: {error}"
            self._record(entry, at, "Action", summary, outcome)

    def _message(self, entry: Watched, before: State, at: datetime) -> str:
        if isinstance(entry.subject, Watch):
            document = alarm_message(
                entry.alarm, entry.subject, before, at=at, account_id=self.account_id, region=self.region
            )
            return as_json(document)
        children = [
            {"Arn": child.alarm.alarm_arn, "State": {"Value": child.alarm.state_value}}
            for name in entry.subject.children
            if (child := self.watched.get(name.partition(":alarm:")[2] or name))
        ]
        document = composite_message(
            entry.alarm, children, before, at=at, account_id=self.account_id, region=self.region
        )
        return as_json(document)

    def _record(self, entry: Watched, at: datetime, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        alarm_type = "MetricAlarm" if isinstance(entry.subject, Watch) else "CompositeAlarm"
        self.history = [item for item in self.history if item.timestamp >= _naive(at - _HISTORY_KEPT)]
        document = as_json({"version": "1.0", **data})
        self.history.append(HistoryItem(entry.alarm.name, alarm_type, _naive(at), kind, summary, document))


def _set(alarm: Alarm, state: State, reason: str, reason_data: str | None, at: datetime) -> None:
    if alarm.state_value != state or not hasattr(alarm, "state_transitioned_timestamp"):
        setattr(alarm, "state_transitioned_timestamp", _naive(at))  # noqa: B010  moto's model lacks it
    alarm.state_value = state.value
    alarm.state_reason = reason
    alarm.state_reason_data = reason_data or "{}"
    alarm.state_updated_timestamp = _naive(at)


def _state_document(alarm: Alarm) -> dict[str, Any]:
    return {"stateValue": alarm.state_value, "stateReason": alarm.state_reason}


def _naive(at: datetime) -> datetime:
    """moto writes its times without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)

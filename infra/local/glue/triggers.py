"""Glue's triggers: what they are allowed to be, and when a conditional one fires."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from moto.glue.exceptions import EntityNotFoundException, InvalidInputException
from moto.glue.models import FakeTrigger
from moto.glue.utils import Action, Predicate

from infra.local.glue.schedules import ScheduleError, parse_schedule


class TriggerType(StrEnum):
    SCHEDULED = "SCHEDULED"
    CONDITIONAL = "CONDITIONAL"
    ON_DEMAND = "ON_DEMAND"
    EVENT = "EVENT"


class TriggerState(StrEnum):
    """An on-demand trigger stays CREATED for ever."""

    CREATED = "CREATED"
    ACTIVATED = "ACTIVATED"
    DEACTIVATED = "DEACTIVATED"


_UNSUPPORTED: Final = "crawlers do not run on the embedded AWS"


def check(trigger: FakeTrigger, operation: str, job_exists: Callable[[str], bool]) -> None:
    """`InvalidInputException` or `EntityNotFoundException` where Glue would refuse the trigger."""
    if trigger.trigger_type not in set(TriggerType):
        raise InvalidInputException(operation, f"Type {trigger.trigger_type} is not a trigger type")
    if trigger.trigger_type == TriggerType.SCHEDULED:
        try:
            parse_schedule(trigger.schedule or "")
        except ScheduleError as error:
            raise InvalidInputException(operation, str(error)) from error
    if trigger.trigger_type == TriggerType.CONDITIONAL and not (
        trigger.predicate and trigger.predicate.conditions
    ):
        raise InvalidInputException(operation, "Predicate cannot be null or empty")
    if not trigger.actions:
        raise InvalidInputException(operation, "Actions cannot be null or empty")
    conditions = trigger.predicate.conditions if trigger.predicate else []
    if any(action.crawler_name for action in trigger.actions) or any(
        each.crawler_name for each in conditions
    ):
        raise InvalidInputException(operation, _UNSUPPORTED)
    for name in [
        *(str(action.job_name) for action in trigger.actions),
        *(str(each.job_name) for each in conditions),
    ]:
        if not job_exists(name):
            raise EntityNotFoundException(f"Job {name} not found.")


def satisfied(predicate: Predicate, ended: Mapping[str, str]) -> bool:
    """Whether the jobs' last states (by job name, of one chain) fulfil all conditions, or any with `ANY`."""
    met = [ended.get(str(each.job_name)) == each.state.value for each in predicate.conditions if each.state]
    return any(met) if predicate.logical.value == "ANY" else bool(met) and all(met)


def update(trigger: FakeTrigger, changes: Mapping[str, Any]) -> None:
    """Overwrite the definition with UpdateTrigger's; what it does not name is gone, as on AWS."""
    predicate = changes.get("Predicate")
    trigger.description = changes.get("Description", "")
    trigger.schedule = changes.get("Schedule", "")
    trigger.actions = [Action(each) for each in changes.get("Actions") or []]
    trigger.predicate = Predicate(predicate) if predicate else None
    trigger.event_batching_condition = changes.get("EventBatchingCondition") or {}

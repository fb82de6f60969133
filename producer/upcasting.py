"""Lifts events of older versions to the current one: one pure function per step, dictionary to dictionary.

An event that is valid in version N is valid in version N + 1 after step N, says a test. Nothing but
the payload changes: the envelope is the same in every version.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

CURRENT_SCHEMA_VERSION: Final = 2
DEFAULT_CHANNEL: Final = "unknown"

Payload = dict[str, Any]
Step = Callable[[str, Payload], Payload]

_CANCELLATION_NAMES: Final = {"reason": "cancellation_reason"}


def to_version_2(event_type: str, payload: Payload) -> Payload:
    """Orders with lines get the `channel` that version 1 did not have; `reason` is `cancellation_reason`."""
    if event_type == "order_cancelled":
        return {_CANCELLATION_NAMES.get(name, name): value for name, value in payload.items()}
    if "lines" not in payload:
        return payload
    lifted = {}
    for name, value in payload.items():
        if name == "lines":
            lifted["channel"] = DEFAULT_CHANNEL  # where version 2 has it: equal events are equal text
        lifted[name] = value
    return lifted


# Version that a step starts from → step.
STEPS: Final[Mapping[int, Step]] = {1: to_version_2}


def upcast(version: int, event_type: str, payload: Payload) -> Payload:
    """The payload in the current version; `version` is one that `STEPS` or the contract knows."""
    while version < CURRENT_SCHEMA_VERSION:
        payload = STEPS[version](event_type, payload)
        version += 1
    return payload

"""The rules of each version as data, for pydantic-core; `producer.contract_document` writes them."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

CONFIG: Final[Any] = {"hide_input_in_errors": True, "title": "OrderEvent"}


def path_of(version: int) -> Path:
    """The file that holds a version's rules."""
    return Path(__file__).parent / f"v{version}.json"


def schema_of(version: int) -> Any:
    """A union of the event types, discriminated by `event_type`."""
    schema = orjson.loads(path_of(version).read_bytes())
    for event in schema["choices"].values():
        for step in event["fields"]["occurred_at"]["schema"]["steps"]:
            for limit in step.keys() & {"ge", "lt"}:
                step[limit] = datetime.fromisoformat(step[limit])
    return schema


def envelope_schema(version: int) -> Any:
    """What every event has whatever its type; its payload may be anything."""
    fields = next(iter(schema_of(version)["choices"].values()))["fields"]
    shared = {name: field for name, field in fields.items() if name != "event_type"}
    shared["schema_version"] = _required({"type": "int", "strict": True})
    shared["payload"] = _required({"type": "any"})
    return {"type": "typed-dict", "fields": shared}


def _required(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "typed-dict-field", "schema": schema, "required": True}

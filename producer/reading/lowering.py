"""The contract as pydantic-core validates it for readers: JSON in, checked dictionaries out.

Made from the models of `producer.contract` and kept as data, so that a reader imports neither
pydantic nor the models and makes no object for each line: half the time of a validated model.
`producer.contract_document` writes it, `producer.reading` reads it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

Schema = dict[str, Any]

# What no reader of JSON needs: links between models, JSON Schema's and the writer's side.
_DROPPED: Final = frozenset({"metadata", "serialization", "ref"})


def reading_schema(models: Mapping[str, Any]) -> Schema:
    """The core schema of `models` (a `TypeAdapter.core_schema`), as plain JSON values.

    A model becomes a dictionary with the same rules. An optional field that is absent stays absent,
    one with a default gets it. Money stays the text that its pattern admits. Functions that check or
    change a value are left out: `producer.reading` does their work.
    """
    return _lowered(models)


def _lowered(schema: Mapping[str, Any]) -> Schema:
    lower = _BY_TYPE.get(schema["type"], _lowered_as_it_is)
    return lower(schema)


def _lowered_as_it_is(schema: Mapping[str, Any]) -> Schema:
    plain = {name: _value(value) for name, value in schema.items() if name not in _DROPPED}
    if "schema" in plain:
        plain["schema"] = _lowered(schema["schema"])
    return plain


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if callable(value):
        raise TypeError(f"a reader's schema cannot hold {value!r}: give its type a rule in {__name__}")
    return value


def _model(schema: Mapping[str, Any]) -> Schema:
    return {**_lowered(schema["schema"]), "extra_behavior": schema["config"]["extra_fields_behavior"]}


def _fields(schema: Mapping[str, Any]) -> Schema:
    return {"type": "typed-dict", "fields": {name: _field(f) for name, f in schema["fields"].items()}}


def _field(field: Mapping[str, Any]) -> Schema:
    schema = field["schema"]
    has_default = schema["type"] == "default"
    stays_absent = has_default and schema["default"] is None
    return {
        "type": "typed-dict-field",
        "schema": _lowered(schema["schema"] if stays_absent else schema),
        "required": not has_default,
    }


def _inner(schema: Mapping[str, Any]) -> Schema:
    return _lowered(schema["schema"])


def _from_json(schema: Mapping[str, Any]) -> Schema:
    return _lowered(schema["json_schema"])


def _chain(schema: Mapping[str, Any]) -> Schema:
    steps = [_lowered(step) for step in schema["steps"]]
    # The pattern of money admits nothing that a decimal would refuse.
    return steps[0] if steps[-1]["type"] == "decimal" else {"type": "chain", "steps": steps}


def _tuple(schema: Mapping[str, Any]) -> Schema:
    return {**_lowered_as_it_is(schema), "items_schema": [_lowered(item) for item in schema["items_schema"]]}


def _tagged_union(schema: Mapping[str, Any]) -> Schema:
    choices = {tag: _lowered(choice) for tag, choice in schema["choices"].items()}
    return {"type": "tagged-union", "discriminator": schema["discriminator"], "choices": choices}


_BY_TYPE: Final[Mapping[str, Callable[[Mapping[str, Any]], Schema]]] = {
    "model": _model,
    "model-fields": _fields,
    "function-after": _inner,
    "json-or-python": _from_json,
    "chain": _chain,
    "tuple": _tuple,
    "tagged-union": _tagged_union,
}

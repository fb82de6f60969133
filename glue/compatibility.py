"""Refuses changes of tables and events that would break who reads them: `python -m glue.compatibility`.

docs/schemas/tables.lock.json is what readers may rely on; `--lock` adds what is new, at each release.
Run from the project's root. Exit 1 where something that was promised is gone or other than it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from glue.tables import TableSpec, load_all

LOCK = Path("docs/schemas/tables.lock.json")
_EVENTS = "order-event.v*.schema.json"
# What people read, and what does not change which documents are right.
_PROSE = frozenset({"title", "description", "examples", "$schema", "$id"})


def promised(specs: Mapping[str, TableSpec], event_schemas: Mapping[str, Any]) -> Dict[str, Any]:
    """What readers may rely on, as JSON."""
    return {
        "tables": {name: _table(spec) for name, spec in sorted(specs.items())},
        "events": {name: _objects(schema) for name, schema in sorted(event_schemas.items())},
    }


def broken(locked: Mapping[str, Any], now: Mapping[str, Any]) -> List[str]:
    """Each promise that does not hold any more, as a sentence that says what to do."""
    problems: List[str] = []
    for name, table in locked["tables"].items():
        if name not in now["tables"]:
            problems.append(f"table {name} is gone: readers still ask for it; keep it, or make it a view")
        else:
            problems.extend(f"table {name}: {each}" for each in _broken_table(table, now["tables"][name]))
    for version, objects in locked["events"].items():
        if version not in now["events"]:
            problems.append(f"events: {version} is gone: events of that version are still in the stream")
            continue
        for name, properties in objects.items():
            found = now["events"][version].get(name)
            if found is None:
                problems.append(f"events: {version} has no {name} any more; keep it")
            else:
                problems.extend(
                    f"events: {version}: {name}.{each}" for each in _broken_object(properties, found)
                )
    return problems


def read_event_schemas(root: Path) -> Dict[str, Any]:
    """The JSON Schema of every version of the event contract, by file name."""
    folder = root / LOCK.parent
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob(_EVENTS))}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m glue.compatibility", description=__doc__)
    parser.add_argument("--lock", action="store_true", help="add what is new to what is promised")
    options = parser.parse_args(arguments)
    now = promised(load_all(), read_event_schemas(Path()))
    if LOCK.is_file():
        problems = broken(json.loads(LOCK.read_text(encoding="utf-8")), now)
        for problem in problems:
            sys.stderr.write(f"{problem}\n")
        if problems:
            return 1
    elif not options.lock:
        sys.stderr.write(f"{LOCK} is not there: run python -m glue.compatibility --lock\n")
        return 1
    if options.lock:
        LOCK.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _table(spec: TableSpec) -> Dict[str, Any]:
    return {
        "format": spec.format,
        "location": spec.location,
        "key": list(spec.key),
        "partitions": [
            [part.column, part.transform or f"{part.type} {part.projection}"] for part in spec.partitions
        ],
        "columns": {column.name: _nullable(column.type, column.required) for column in spec.columns},
    }


def _nullable(kind: str, required: bool) -> str:
    return f"{kind} required" if required else kind


def _broken_table(locked: Mapping[str, Any], now: Mapping[str, Any]) -> List[str]:
    problems = [
        f"{part} was {locked[part]} and is {now[part]}; give the change a table of its own"
        for part in ("format", "location", "key", "partitions")
        if locked[part] != now[part]
    ]
    columns, found = list(locked["columns"]), list(now["columns"])
    for name, kind in locked["columns"].items():
        if name not in now["columns"]:
            problems.append(f"column {name} is gone; keep it, and add another one at the end")
        elif now["columns"][name] != kind:
            problems.append(
                f"column {name} was {kind} and is {now['columns'][name]}; add another one at the end"
            )
    if not problems and found[: len(columns)] != columns:
        problems.append(f"columns came before {columns[-1]} or changed places; add them at the end")
    problems.extend(
        f"the new column {name} is required, and rows that are there have none; make it optional"
        for name in found
        if name not in locked["columns"] and now["columns"][name].endswith(" required")
    )
    return problems


def _objects(schema: Mapping[str, Any]) -> Dict[str, Any]:
    """Properties of every object in a JSON Schema, each with its rules; `!` follows a required one."""
    objects: Dict[str, Any] = {}
    for name, definition in sorted(schema.get("$defs", {}).items()):
        if "properties" in definition:
            required = definition.get("required", [])
            objects[name] = {
                f"{key}!" if key in required else key: _rules(rules)
                for key, rules in definition["properties"].items()
            }
    return objects


def _rules(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rules(each) for key, each in value.items() if key not in _PROSE}
    return [_rules(each) for each in value] if isinstance(value, list) else value


def _broken_object(locked: Mapping[str, Any], now: Mapping[str, Any]) -> List[str]:
    problems: List[str] = []
    for key, rules in locked.items():
        if key not in now:
            problems.append(f"{key.rstrip('!')} is gone or changed between optional and required; keep it")
        elif now[key] != rules:
            problems.append(f"{key.rstrip('!')} has other rules; make a new version of the contract")
    known = {key.rstrip("!") for key in locked}
    problems.extend(
        f"{key.rstrip('!')} is new and required, and producers do not send it; make it optional"
        for key in now
        if key.endswith("!") and key.rstrip("!") not in known
    )
    return problems


if __name__ == "__main__":
    sys.exit(main())

"""What readers rely on stays; what is new is optional and comes at the end."""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from glue import data_catalog
from glue.compatibility import LOCK, broken, promised, read_event_schemas
from glue.tables import Column, TableSpec, load_all

ROOT = Path(__file__).parents[3]
LINES = "silver_order_lines"
NEW = Column("channel", "string", False, "where it was sold")


def now(**changed: Any) -> dict[str, Any]:
    """What is promised if the lines had these properties."""
    specs: dict[str, TableSpec] = dict(load_all())
    specs[LINES] = dataclasses.replace(specs[LINES], **changed)
    return promised(specs, read_event_schemas(ROOT))


def columns() -> tuple[Column, ...]:
    return load_all()[LINES].columns


def test_the_contracts_keep_what_was_promised_at_the_last_release() -> None:
    assert broken(json.loads((ROOT / LOCK).read_text(encoding="utf-8")), now()) == []


def test_an_optional_column_at_the_end_breaks_nobody() -> None:
    assert broken(now(), now(columns=(*columns(), NEW))) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": columns()[1:]}, "column event_id is gone"),
        ({"columns": (dataclasses.replace(columns()[0], name="id"), *columns()[1:])}, "event_id is gone"),
        ({"columns": (dataclasses.replace(columns()[0], type="bigint"), *columns()[1:])}, "was string"),
        ({"columns": (NEW, *columns())}, "changed places"),
        ({"columns": (*columns(), dataclasses.replace(NEW, required=True))}, "channel is required"),
        ({"location": "elsewhere/"}, "location was"),
        ({"partitions": ()}, "partitions was"),
    ],
)
def test_a_change_that_readers_would_notice_is_refused(change: dict[str, Any], message: str) -> None:
    problems = broken(now(), now(**change))
    assert any(message in problem and LINES in problem for problem in problems), problems


def test_a_table_that_is_gone_is_refused() -> None:
    without = now()
    del without["tables"][LINES]
    (problem,) = broken(now(), without)
    assert problem.startswith(f"table {LINES} is gone")


def test_a_new_table_breaks_nobody() -> None:
    before = now()
    del before["tables"][LINES]
    assert broken(before, now()) == []


def events(change: Any) -> list[str]:
    """What a change of the newest event's placed order breaks."""
    after = copy.deepcopy(now())
    newest = after["events"][max(after["events"])]
    name = next(name for name in sorted(newest) if "lines" in "".join(newest[name]))
    change(newest[name])
    return broken(now(), after)


def test_a_new_optional_field_of_an_event_breaks_nobody() -> None:
    assert events(lambda fields: fields.update({"weather": {"type": "string"}})) == []


def test_a_new_required_field_of_an_event_is_refused() -> None:
    (problem,) = events(lambda fields: fields.update({"weather!": {"type": "string"}}))
    assert "weather is new and required" in problem


def test_a_field_of_an_event_that_is_gone_is_refused() -> None:
    (problem,) = events(lambda fields: fields.pop(next(key for key in fields if key.startswith("lines"))))
    assert "lines is gone" in problem


def test_the_catalogue_of_the_documentation_says_what_the_contracts_say() -> None:
    written = (ROOT / data_catalog.DOCUMENT).read_text(encoding="utf-8")
    assert written == data_catalog.document(load_all()), "run python -m glue.data_catalog"

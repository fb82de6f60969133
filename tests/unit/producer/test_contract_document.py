from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from producer.contract import EVENT_TYPES
from producer.contract_document import SCHEMA_PATH, documents, main, schema, stale
from tests.unit.producer.events import order_placed

ROOT = Path(__file__).parents[3]


def test_the_committed_documents_say_what_the_models_say() -> None:
    assert stale(ROOT) == []


def test_a_stale_document_fails_the_check_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 0
    (tmp_path / SCHEMA_PATH).write_text("{}")
    assert main(["--root", str(tmp_path), "--check"]) == 1
    assert str(SCHEMA_PATH) in capsys.readouterr().err


def test_the_schema_accepts_what_the_contract_accepts_and_refuses_what_it_refuses() -> None:
    validator = Draft202012Validator(schema())
    assert validator.is_valid(order_placed())
    for broken in (
        order_placed(line={"unit_price": 2.55}),
        order_placed(schema_version=3),
        order_placed(event_type=...),
        order_placed(novelty=1),
        order_placed(payload={"lines": []}),
    ):
        assert not validator.is_valid(broken)


def test_every_event_type_has_its_section() -> None:
    text = "".join(documents().values())
    assert all(f"### `{event_type}`" in text for event_type in EVENT_TYPES)

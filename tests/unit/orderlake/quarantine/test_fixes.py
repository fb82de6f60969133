import json
from pathlib import Path

import pytest

from orderlake.errors import FixUnusable
from orderlake.quarantine.fixes import NotMended, load_fix

EVENT = b'{"sequence":1,"payload":{"currency":"gbp"}}'


def script(tmp_path: Path, source: str) -> str:
    file = tmp_path / "mend.py"
    file.write_text(source)
    return str(file)


def test_a_jq_program_mends_an_event() -> None:
    assert json.loads(load_fix('.payload.currency = "GBP"').mend(EVENT))["payload"] == {"currency": "GBP"}


def test_a_jq_program_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mend.jq"
    file.write_text(".sequence += 1")
    assert json.loads(load_fix(str(file)).mend(EVENT))["sequence"] == 2


def test_a_script_mends_an_event(tmp_path: Path) -> None:
    fix = load_fix(script(tmp_path, "def fix(event):\n    return {**event, 'sequence': 9}\n"))
    assert json.loads(fix.mend(EVENT))["sequence"] == 9
    assert fix.name.startswith("mend.py sha256:")


def test_a_script_gets_bytes_that_are_no_json(tmp_path: Path) -> None:
    fix = load_fix(script(tmp_path, "def fix(raw):\n    return {'size': len(raw)}\n"))
    assert fix.mend(b"\xff\xfe") == b'{"size":2}'


@pytest.mark.parametrize("program", ["empty", "null", ".a, .b", "1", ".payload.currency.a"])
def test_a_program_without_one_object_leaves_the_record(program: str) -> None:
    with pytest.raises(NotMended):
        load_fix(program).mend(EVENT)


def test_jq_leaves_what_is_no_json_object() -> None:
    with pytest.raises(NotMended):
        load_fix(".").mend(b"\xff")


@pytest.mark.parametrize("body", ["None", "7", "{'a': object()}", "1 / 0"])
def test_a_script_without_an_object_leaves_the_record(tmp_path: Path, body: str) -> None:
    fix = load_fix(script(tmp_path, f"def fix(event):\n    return {body}\n"))
    with pytest.raises(NotMended) as caught:
        fix.mend(EVENT)
    assert "gbp" not in str(caught.value)


@pytest.mark.parametrize("text", [".a |", "absent.py", "absent.jq"])
def test_what_is_no_fix_is_wrong_use(text: str) -> None:
    with pytest.raises(FixUnusable):
        load_fix(text)


@pytest.mark.parametrize("source", ["x = 1\n", "def fix(:\n"])
def test_a_script_must_define_fix(tmp_path: Path, source: str) -> None:
    with pytest.raises(FixUnusable):
        load_fix(script(tmp_path, source))

import re
import tomllib
from pathlib import Path
from typing import Any

import hcl2
import pytest

from infra.stack import Stack
from infra.terraform_document import document
from infra.terraform_runner import DIRECTORY

ROOT = DIRECTORY.parents[1]
MODULES = sorted(path.parent for path in DIRECTORY.rglob("main.tf"))


def blocks(module: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The blocks of a kind in all files of a module, by name."""
    options = hcl2.SerializationOptions(with_comments=False, strip_string_quotes=True)
    texts = [
        text
        for file in module.glob("*.tf")
        if re.search(f'^{kind} "', text := file.read_text(), re.MULTILINE)
    ]
    parsed = [hcl2.loads(text, serialization_options=options) for text in texts]
    return {name: body for file in parsed for block in file[kind] for name, body in block.items()}


def folder_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("module", MODULES, ids=folder_name)
def test_every_variable_is_described_and_typed(module: Path) -> None:
    incomplete = [
        name
        for name, body in blocks(module, "variable").items()
        if not body.get("description") or not body.get("type")
    ]
    assert incomplete == []


@pytest.mark.parametrize("module", MODULES, ids=folder_name)
def test_every_output_is_described(module: Path) -> None:
    outputs = blocks(module, "output")
    assert [name for name, body in outputs.items() if not body.get("description")] == []


@pytest.mark.parametrize("module", MODULES, ids=folder_name)
def test_every_variable_is_used(module: Path) -> None:
    text = "".join(file.read_text() for file in module.glob("*.tf"))
    variables = blocks(module, "variable")
    # Its own validation is one use, which does not count.
    own = {name: str(body).count(f"var.{name}") for name, body in variables.items()}
    assert [name for name in variables if len(re.findall(rf"var\.{name}\b", text)) <= own[name]] == []


def test_every_variable_that_a_user_sets_is_validated_unless_it_is_yes_or_no() -> None:
    variables = blocks(DIRECTORY, "variable")
    unchecked = [
        name for name, body in variables.items() if "bool" not in body["type"] and "validation" not in body
    ]
    assert unchecked == []


def test_an_environment_sets_only_variables_that_exist() -> None:
    known = blocks(DIRECTORY, "variable").keys()
    for file in (DIRECTORY / "environments").glob("*.tfvars"):
        options = hcl2.SerializationOptions(with_comments=False)
        assert hcl2.loads(file.read_text(), serialization_options=options).keys() - known == set(), file.name


def test_the_page_of_variables_and_outputs_is_up_to_date() -> None:
    page = (ROOT / "docs" / "terraform.md").read_text()
    assert page == document(), "run `python -m infra.terraform_document > docs/terraform.md`"


def test_the_stack_parameter_names_what_programs_look_for() -> None:
    text = (DIRECTORY / "parameters.tf").read_text()
    written = re.search(r"jsonencode\(\{(.*?)\}\)", text, re.DOTALL)
    assert written is not None
    assert set(re.findall(r"^\s*(\w+)\s*=", written[1], re.MULTILINE)) == set(Stack.model_fields)


def test_every_alarm_names_a_runbook_that_exists() -> None:
    text = "".join(file.read_text() for file in (DIRECTORY / "modules" / "observability").glob("*.tf"))
    runbooks = {
        *re.findall(r"^    ([a-z-]+) = \{\n      description ", text, re.MULTILINE),
        *re.findall(r"runbook_base_url}/([a-z-]+)\.md", text),
    }
    assert "stream-lag" in runbooks
    assert [name for name in runbooks if not (ROOT / "docs" / "runbooks" / f"{name}.md").is_file()] == []


def test_python_shell_jobs_get_the_libraries_that_are_locked_for_them() -> None:
    locked = (ROOT / "infra" / "packaging" / "requirements" / "glue-pythonshell.in").read_text().split()
    wanted = {_name_and_exact_version(line) for line in locked if not line.startswith("pyroaring")}
    text = (DIRECTORY / "modules" / "jobs" / "main.tf").read_text()
    listed = re.search(r"duckdb_modules = \[(.*?)\n  \]", text, re.DOTALL)
    assert listed is not None
    modules = re.findall(r'"(.+)"', listed[1])
    assert [module for module in modules if "," in module] == [], "Glue separates modules by commas"
    assert set(map(_name_and_exact_version, modules)) == wanted


def test_the_locked_libraries_of_python_shell_are_those_of_the_extra() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extra = {_name_and_exact_version(line) for line in pyproject["project"]["optional-dependencies"]["glue"]}
    locked = (ROOT / "infra" / "packaging" / "requirements" / "glue-pythonshell.in").read_text().split()
    # The newest that start on the oldest host of Python shell; see docs/adr/lake-python-shell-libraries.md.
    older = {("pyarrow", "20.0.0"), ("pyroaring", "1.0.3")}
    assert set(map(_name_and_exact_version, locked)) - older == extra - {("pyarrow", "21.0.0")}


def _name_and_exact_version(requirement: str) -> tuple[str, str]:
    name = re.match(r"[A-Za-z0-9-]+", requirement)
    assert name is not None
    return name[0], requirement.partition("==")[2]


def test_a_policy_allows_everything_to_nobody() -> None:
    for file in DIRECTORY.rglob("*.tf"):
        for statement in re.findall(r"statement \{.*?\n  \}", file.read_text(), re.DOTALL):
            if 'effect    = "Deny"' not in statement:
                assert not re.search(r'actions\s*=\s*\[[^\]]*"[a-z0-9-]+:?\*"', statement), file
                assert not re.search(r'resources\s*=\s*\["\*"\]', statement), file


def test_every_rule_that_checkov_skips_is_explained() -> None:
    skips = [
        (file.name, line.strip())
        for file in DIRECTORY.rglob("*.tf")
        for line in file.read_text().splitlines()
        if "checkov:skip" in line
    ]
    explained = re.compile(r"#checkov:skip=CKV2?_AWS_[0-9]+:\S.{19,}")
    assert [skip for skip in skips if not explained.match(skip[1])] == []
    assert len(skips) >= 10

"""The scans of the workflow `audit` leave nothing out, and what they forbid is not there."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
WORKFLOW: Final = ROOT / ".github" / "workflows" / "audit.yml"


def job(name: str) -> Any:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"][name]


def test_every_locked_dependency_is_scanned_for_vulnerabilities() -> None:
    locks = {
        file.relative_to(ROOT).as_posix()
        for folder in ("requirements", "infra/packaging/requirements")
        for file in (ROOT / folder).glob("*.txt")
    }
    assert set(job("dependencies")["strategy"]["matrix"]["lock"]) == locks
    (command,) = (step["run"] for step in job("dependencies")["steps"] if step.get("name") == "Audit")
    assert '--strict --requirement "$LOCK"' in command


def test_no_file_has_a_key_of_aws_or_a_private_key() -> None:
    (scan,) = (step["run"] for step in job("secrets")["steps"] if step.get("name") == "Scan")
    forbidden = re.search(r"git log -p --all \| grep -nE '([^']+)'; then exit 1", scan)
    assert forbidden is not None
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert files
    pattern = re.compile(forbidden[1].encode())
    assert [file for file in files if file.is_file() and pattern.search(file.read_bytes())] == []
